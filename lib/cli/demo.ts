// The command `demo`: cancels a blocked call, and shows that the next call gets its own result.
import { setTimeout as sleep } from 'node:timers/promises'
import { hex, nameOf } from '../errors/hresult'
import {
  backend,
  ComAbortError,
  ComError,
  ComThread,
  type EventLog,
  getCurrentThreadId,
  raw,
  record,
} from '../index'
import { requireWritable, write } from './options'

const shownHresult = (hresult: number): string => `${nameOf(hresult)} (${hex(hresult)})`

/** The result of a call as text. */
const outcome = (call: Promise<void>): Promise<string> =>
  call.then(
    () => 'S_OK (0x00000000)',
    (error: unknown) => {
      if (error instanceof ComError) return shownHresult(error.hresult)
      if (error instanceof ComAbortError)
        return `${shownHresult(error.hresult)}; the promise rejects: ${error.name}`
      throw error
    },
  )

export interface DemoOptions {
  /** The file to write the events to, as a picture. */
  svg?: string | undefined
  /** The file to write the events to, as a Chrome trace. */
  trace?: string | undefined
}

/** Writes the files that the options name. */
const save = (log: EventLog, { svg, trace }: DemoOptions): void => {
  if (svg !== undefined || trace !== undefined) console.log()
  if (svg !== undefined) {
    write('--svg', svg, log.toSvg())
    console.log(`the picture is in ${svg}`)
  }
  if (trace !== undefined) {
    write('--trace', trace, JSON.stringify(log.toChromeTrace()))
    console.log(`the trace is in ${trace}`)
  }
}

export const demo = async (options: DemoOptions = {}): Promise<void> => {
  requireWritable('--svg', options.svg)
  requireWritable('--trace', options.trace)
  const log = record()
  try {
    await perform()
  } finally {
    log[Symbol.dispose]()
  }
  save(log, options)
}

const perform = async (): Promise<void> => {
  const started = performance.now()
  const me = getCurrentThreadId()
  const say = (thread: number, who: string, what: string): void => {
    const ms = String(Math.round(performance.now() - started))
    console.log(`${ms.padStart(7)}  ${String(thread).padStart(6)}  ${who.padEnd(10)}  ${what}`)
  }

  console.log(
    backend.kind === 'native'
      ? `com-cancel demo: the native addon on ${backend.host}, real threads`
      : 'com-cancel demo: the emulator, no COM underneath (on Windows the same program runs the native addon)',
  )
  const standIns = Object.values(backend.entryPoints).filter(provider => provider === 'stand-in').length
  if (standIns > 0)
    console.log(
      `this host's ole32 lacks the cancellation functions: ${standIns} come from the addon's stand-in`,
    )
  console.log(`\n${'ms'.padStart(7)}  thread  who         what`)

  const thread = await ComThread.start({ apartment: 'mta' })
  try {
    say(thread.id, 'ComThread', 'started in a multithreaded apartment, call cancellation enabled')

    const first = outcome(thread.wait(60_000))
    say(thread.id, 'ComThread', 'call 1 blocks the thread; its server would take 60 seconds')
    await sleep(500)
    say(me, 'JavaScript', 'still responsive; cancels call 1')
    say(
      me,
      'JavaScript',
      `CoCancelCall(${thread.id}, 0) returned ${shownHresult(raw.coCancelCall(thread.id))}`,
    )
    say(thread.id, 'ComThread', `call 1 returned ${await first}`)

    const second = outcome(thread.wait(200))
    say(thread.id, 'ComThread', 'call 2 blocks the same thread; its server takes 0.2 seconds')
    say(thread.id, 'ComThread', `call 2 returned ${await second}: its own result`)

    const third = outcome(thread.wait(60_000, { signal: AbortSignal.timeout(300) }))
    say(thread.id, 'ComThread', 'call 3 blocks the thread, with AbortSignal.timeout(300)')
    say(thread.id, 'ComThread', `call 3 returned ${await third}`)
  } finally {
    await thread[Symbol.asyncDispose]()
  }
  say(me, 'JavaScript', 'the thread has ended')
}
