// @ts-check
// Questions to the package itself: what its users see.

import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import path from 'node:path'

/** @import { Com, Question } from '../lib/question.mjs' */

/** @param {number} ms */
const delay = ms => new Promise(resolve => setTimeout(resolve, ms))

/**
 * The result of an operation, as an HRESULT where there is one.
 * @param {Com} com @param {Promise<unknown>} operation
 */
async function outcomeOf(com, operation) {
  const began = performance.now()
  const error = await operation.then(
    () => undefined,
    (/** @type {unknown} */ failure) => failure,
  )
  const ms = performance.now() - began
  if (error === undefined) return { hresult: 0, ms, abandoned: undefined, error: '' }
  const aborted = error instanceof com.ComAbortError ? error : undefined
  const hresult = aborted?.hresult ?? (error instanceof com.ComError ? error.hresult : com.HResult.E_FAIL)
  return { hresult, ms, abandoned: aborted?.abandoned, error: `${error}` }
}

/**
 * An object of the test server, or undefined where the class is not registered.
 * @param {Com} com @param {import('com-cancel').ComThread} thread @param {string} progId
 */
async function created(com, thread, progId) {
  try {
    return await thread.createObject(progId)
  } catch (error) {
    if (error instanceof com.ComError && error.hresult === com.HResult.CO_E_CLASSSTRING) return undefined
    throw error
  }
}

const notRegistered = 'Prime.Calculator is not registered: prime_server.exe -register'

/** @type {Question[]} */
export const thePackage = [
  {
    id: 'binding',
    rules: [],
    question: 'Does the addon load, and what provides the cancellation functions?',
    expect: { binding: 'native', CoCancelCall: 'ole32', CoSetCancelObject: 'ole32' },
    wine: 'the addon brings a stand-in for the functions that Wine lacks',
    ask: async (com, see) => {
      see.fact('binding', com.backend.kind)
      see.fact('host', com.backend.host)
      for (const [name, provider] of Object.entries(com.backend.entryPoints)) see.fact(name, provider)
    },
  },
  {
    id: 'raw-functions',
    rules: ['E2', 'E3', 'E4', 'O1', 'O4', 'O7', 'O9', 'S3'],
    question: 'Do the functions of `raw` return on the JavaScript thread what the contract says?',
    expect: {
      initialize: 'S_OK',
      'disable without enable': 'CO_E_CANCEL_DISABLED',
      'enable with a reserved argument': 'E_INVALIDARG',
      enable: 'S_OK',
      disable: 'S_OK',
      'get without an object': 'E_NOINTERFACE',
      'cancel without a call': 'E_NOINTERFACE',
      'unset without an object': 'S_OK',
      set: 'S_OK',
      'cancel of a refusing object': 'E_NOTIMPL',
      unset: 'S_OK',
      'test outside a call': 'RPC_E_CALL_COMPLETE',
    },
    ask: async (com, see) => {
      /** @param {string} key @param {string} call @param {() => number} make */
      const timed = (key, call, make) => {
        const began = performance.now()
        const hresult = make()
        see.observe(key, call, hresult, performance.now() - began)
      }
      const { raw } = com
      timed('initialize', 'CoInitializeEx(COINIT_MULTITHREADED)', () => raw.coInitializeEx(0))
      timed('disable without enable', 'CoDisableCallCancellation(NULL)', () =>
        raw.coDisableCallCancellation(),
      )
      timed('enable with a reserved argument', 'CoEnableCallCancellation(pointer)', () =>
        raw.coEnableCallCancellation({}),
      )
      timed('enable', 'CoEnableCallCancellation(NULL)', () => raw.coEnableCallCancellation())
      timed('disable', 'CoDisableCallCancellation(NULL)', () => raw.coDisableCallCancellation())
      timed('get without an object', 'CoGetCancelObject(0)', () => raw.coGetCancelObject(0).hresult)
      timed('cancel without a call', 'CoCancelCall(0, 0)', () => raw.coCancelCall(0, 0))
      timed('unset without an object', 'CoSetCancelObject(NULL)', () => raw.coSetCancelObject(null))
      raw.coEnableCallCancellation()
      const refusing = new com.CancelObject({ cancelResult: com.HResult.E_NOTIMPL })
      timed('set', 'CoSetCancelObject(object)', () => raw.coSetCancelObject(refusing))
      timed('cancel of a refusing object', 'CoCancelCall(0, 0)', () => raw.coCancelCall(0, 0))
      timed('unset', 'CoSetCancelObject(NULL)', () => raw.coSetCancelObject(null))
      refusing[Symbol.dispose]()
      timed('test outside a call', 'CoTestCancel()', () => raw.coTestCancel())
    },
  },
  {
    id: 'demo',
    rules: [],
    question: 'Does `com-cancel demo` run?',
    expect: { 'its exit code': '0' },
    ask: async (_, see) => {
      const require = createRequire(import.meta.url)
      const main = path.join(path.dirname(require.resolve('com-cancel/package.json')), 'dist/cli/main.js')
      const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'demo'], { encoding: 'utf8' })
      see.fact('its exit code', `${status}`)
      see.fact('its output', `${stdout}${stderr}`.slice(0, 4000))
    },
  },
  {
    id: 'signal',
    rules: ['C7', 'C8', 'C10'],
    question:
      'Is a late-bound call released by its signal, without being abandoned, and the thread free for the next?',
    expect: {
      call: 'RPC_E_CALL_CANCELED',
      abandoned: 'false',
      'the argument': 'as it was passed',
      'next call': 'S_OK',
    },
    ask: async (com, see) => {
      const thread = await com.ComThread.start()
      const calculator = await created(com, thread, 'Prime.Calculator')
      if (!calculator) return see.notAsked(notRegistered)
      const text = com.byRef('passed')
      const call = outcomeOf(
        com,
        calculator.call('Number', [text, 5_000], { signal: AbortSignal.timeout(1_000) }),
      )
      const { hresult, ms, abandoned } = await call
      see.observe('call', "calculator.call('Number', [byRef('passed'), 5000], { signal })", hresult, ms)
      see.fact('abandoned', `${abandoned}`)
      see.fact('the argument', text.value === 'passed' ? 'as it was passed' : 'another value')
      if (abandoned) await delay(6_000)
      const next = await outcomeOf(com, calculator.call('IsPrime', [97]))
      see.observe('next call', "calculator.call('IsPrime', [97])", next.hresult, next.ms)
      calculator[Symbol.dispose]()
      await thread[Symbol.asyncDispose]()
    },
  },
  {
    id: 'dialog',
    rules: ['C7'],
    question: 'Is a call released whose server shows a dialog (Popup of WScript.Shell, for ten seconds)?',
    expect: { call: 'RPC_E_CALL_CANCELED', abandoned: 'false' },
    wine: 'without a display, Popup returns at once',
    ask: async (com, see) => {
      const thread = await com.ComThread.start()
      const shell = await created(com, thread, 'WScript.Shell')
      if (!shell) return see.notAsked('WScript.Shell is not registered')
      const text = 'com-cancel cancels the call that shows this. It disappears after ten seconds.'
      const call = outcomeOf(com, shell.call('Popup', [text, 10], { signal: AbortSignal.timeout(2_000) }))
      const { hresult, ms, abandoned } = await call
      see.observe('call', "shell.call('Popup', [text, 10], { signal })", hresult, ms)
      see.fact('abandoned', `${abandoned}`)
      process.exit(0)
    },
  },
  {
    id: 'direct-call-abandoned',
    rules: ['C14', 'W4'],
    question:
      'Is a call abandoned that registers no cancel object, and its thread free when the call has returned?',
    expect: { abandoned: 'true', 'abandoned threads': '1', 'abandoned threads afterwards': '0' },
    ask: async (com, see) => {
      const thread = await com.ComThread.start()
      const call = outcomeOf(com, thread.wait(3_000, { cancelable: false, signal: AbortSignal.timeout(200) }))
      const { hresult, ms, abandoned } = await call
      see.observe('call', 'thread.wait(3000, { cancelable: false, signal })', hresult, ms)
      see.fact('abandoned', `${abandoned}`)
      see.fact('abandoned threads', `${com.ComThread.abandoned}`)
      await delay(4_000)
      see.fact('abandoned threads afterwards', `${com.ComThread.abandoned}`)
      await thread[Symbol.asyncDispose]()
    },
  },
  {
    id: 'nested-job',
    rules: ['C15'],
    question:
      'In an STA, a job without a cancel object is canceled inside a callback: is the call around it left alone?',
    expect: { 'outer call': 'S_OK' },
    ask: async (com, see) => {
      const thread = await com.ComThread.start({ apartment: 'sta', grace: 5_000 })
      const calculator = await created(com, thread, 'Prime.Calculator')
      if (!calculator) return see.notAsked(notRegistered)
      const inCallback = async () => {
        const wait = thread.wait(1_500, { cancelable: false, signal: AbortSignal.timeout(300) })
        const { hresult, ms } = await outcomeOf(com, wait)
        see.observe('nested wait', 'thread.wait(1500, { cancelable: false, signal })', hresult, ms)
        return 7
      }
      const outer = await outcomeOf(com, calculator.call('CallBack', [inCallback, 1, 5]))
      see.observe('outer call', "calculator.call('CallBack', [function, 1, 5])", outer.hresult, outer.ms)
      calculator[Symbol.dispose]()
      await thread[Symbol.asyncDispose]()
    },
  },
  {
    id: 'mta-disposed-in-callback',
    rules: [],
    question:
      'The only ComThread of the process, an MTA thread, is disposed during an incoming call in JavaScript: does it end, and what does the call return?',
    limit: 30,
    ask: async (com, see) => {
      const thread = await com.ComThread.start()
      const calculator = await created(com, thread, 'Prime.Calculator')
      if (!calculator) return see.notAsked(notRegistered)
      let reached = () => {}
      const inside = new Promise(resolve => {
        reached = () => resolve(undefined)
      })
      const inCallback = async () => {
        reached()
        await delay(3_000)
        return 7
      }
      const call = outcomeOf(com, calculator.call('CallBack', [inCallback, 1, 5]))
      await inside
      const began = performance.now()
      await thread[Symbol.asyncDispose]()
      see.observe('dispose', 'thread[Symbol.asyncDispose]()', 0, performance.now() - began)
      const { hresult, ms } = await call
      see.observe('call', "calculator.call('CallBack', [function, 1, 5])", hresult, ms)
    },
  },
  {
    id: 'activation-by-signal',
    rules: ['C13'],
    question: 'Is an activation released by its signal whose server never registers its class?',
    expect: { activation: 'RPC_E_CALL_CANCELED', abandoned: 'false' },
    wine: 'it is abandoned',
    limit: 90,
    ask: async (com, see) => {
      const thread = await com.ComThread.start()
      const options = { signal: AbortSignal.timeout(3_000) }
      const outcome = await outcomeOf(com, thread.createObject('Prime.Calculator.Never', options))
      if (outcome.hresult === com.HResult.CO_E_CLASSSTRING) return see.notAsked(notRegistered)
      see.observe(
        'activation',
        "createObject('Prime.Calculator.Never', { signal })",
        outcome.hresult,
        outcome.ms,
      )
      see.fact('abandoned', `${outcome.abandoned}`)
      process.exit(0)
    },
  },
]
