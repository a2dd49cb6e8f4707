// Members that take time (IsPrime, blocking calls), that call back, and that end the process.
import { byRef, HResult } from 'com-cancel'
import { canceled, long, milliseconds, object, refusal, text, wholeNumber } from './refuse.mjs'

/** Steps between two checks for a cancel: about a millisecond. */
const STEPS = 0x10000

const turn = () => new Promise(resolve => setImmediate(resolve))

/** Divides by each number up to half of `number`, as *Inside COM+* does. 2147483647 takes seconds. */
const isPrime = async (call, number) => {
  if (number < 2n) return false
  // Numbers are faster than bigints.
  const [n, one] = number <= Number.MAX_SAFE_INTEGER ? [Number(number), 1] : [number, 1n]
  const half = one === 1 ? Math.floor(n / 2) + 1 : n / 2n + 1n
  let steps = 0
  for (let count = one + one; count < half; count += one) {
    if (n % count === one - one) return false
    if (++steps % STEPS !== 0) continue
    await turn()
    if (call.testCancel()) throw canceled()
  }
  return true
}

const relay = async (call, callee, member, kind, value, reference) => {
  const to = object(callee, 1)
  const name = text(member, 2)
  const passed = call.args[3]?.type === 'missing' ? [] : [value]
  if (reference) {
    const variable = byRef(value)
    await to.call(name, [variable])
    return variable.value
  }
  switch (kind) {
    case 'call':
      return to.call(name, passed)
    case 'get':
      return to.get(name, passed)
    case 'set':
      return to.set(name, value)
    case 'set-reference':
      return to.setReference(name, value)
    default:
      throw refusal(HResult.E_INVALIDARG, 3)
  }
}

/** The members. `counted` counts their calls; `server` is the server that they belong to. */
export const work = (counted, server) => ({
  IsPrime: {
    dispid: 10,
    params: ['n'],
    run: counted((call, n) => isPrime(call, wholeNumber(n, 1))),
  },

  Block: {
    dispid: 11,
    params: ['ms'],
    run: counted((call, ms) => call.delay(milliseconds(ms, 1))),
  },

  BlockPolling: {
    dispid: 12,
    params: ['ms'],
    run: counted(async (call, ms) => {
      const end = performance.now() + milliseconds(ms, 1)
      while (performance.now() < end) {
        if (call.testCancel()) throw canceled()
        await call.delay(5)
      }
    }),
  },

  Number: {
    dispid: 13,
    params: ['i', 'ms?'],
    run: counted(async (call, i, ms) => {
      if (ms !== undefined) await call.delay(milliseconds(ms, 2))
      return i
    }),
  },

  CallBack: {
    dispid: 14,
    params: ['object', 'n', 'value'],
    run: counted(async (call, back, n, value) => {
      const callee = object(back, 1)
      const times = long(n, 2)
      let result
      for (let time = 0; time < times; time++) {
        if (call.testCancel()) throw canceled()
        result = await callee.call(0, [value])
      }
      return result
    }),
  },

  Relay: {
    dispid: 15,
    params: ['object', 'member', 'kind', 'value?', 'byRef?'],
    run: counted(relay),
  },

  Busy: {
    dispid: 16,
    params: ['ms', 'reject?'],
    run(_call, ms, reject = false) {
      const { registration } = server
      if (registration.server !== 'local' || registration.threading !== 'sta')
        throw refusal(HResult.E_NOTIMPL)
      registration.busy(milliseconds(ms, 1), { reject: Boolean(reject) })
    },
  },

  Die: {
    dispid: 17,
    params: ['ms?'],
    run(call, ms) {
      const { registration } = server
      if (registration.server !== 'local') throw refusal(HResult.E_ACCESSDENIED)
      if (ms === undefined) registration.die()
      else void call.delay(milliseconds(ms, 1)).then(() => registration.die())
    },
  },
})
