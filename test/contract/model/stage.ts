// The threads that run the programs: pairs of each combination of apartments.
import { HResult } from 'com-cancel'
import type { BindingThread } from '../../../binding'
import { defaultBinding } from '../../support/com'
import { soon } from '../../support/until'
import { Pair } from './pair'
import { nameOf, type Outcome, type Program } from './programs'

/**
 * Threads that run one program after the other. They are few: Wine serves the objects of 63 apartments in
 * one process, counting those that are gone, and no more.
 */
export class Stage implements AsyncDisposable {
  readonly #threads = new Map<string, Promise<BindingThread>>()
  readonly #pairs = new Map<string, Promise<Pair>>()

  /** The outcome of each step. */
  async perform(program: Program): Promise<Outcome[]> {
    // Wine 8 hangs all COM threads of a process when its last MTA thread ends during an incoming call, and other
    // workers end MTA threads at any time. This thread is the first to start and the last to end.
    await this.#thread('none', 'mta', false)
    const pair = await this.#pairFor(program)
    const outcomes: Outcome[] = []
    for (const step of program.steps) outcomes.push(await pair.take(program, step))
    return outcomes
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const pair of this.#pairs.values()) (await pair).part()
    // Pointers are released before any thread ends: under Wine the release of a proxy can block for ever after the
    // thread of its object has ended.
    await Promise.all([...this.#threads.values()].map(async thread => released(await thread)))
    for (const thread of [...this.#threads.values()].reverse()) {
      const ending = await thread
      await soon('the thread has ended', new Promise<void>(resolve => ending.close(resolve)))
    }
  }

  #pairFor({ home, caller, callCancellation }: Program): Promise<Pair> {
    const meet = async () =>
      Pair.meet(
        await this.#thread(`${home} home`, home, true),
        await this.#thread(`${caller} caller`, caller, callCancellation),
      )
    return once(this.#pairs, `${home} ${caller} ${callCancellation}`, meet)
  }

  #thread(role: string, apartment: 'sta' | 'mta', callCancellation: boolean): Promise<BindingThread> {
    return once(this.#threads, `${role} ${callCancellation}`, () => started(apartment, callCancellation))
  }
}

const once = <T>(made: Map<string, T>, key: string, make: () => T): T => {
  const known = made.get(key) ?? make()
  made.set(key, known)
  return known
}

/** Waits until a thread has released the pointers whose release is queued. */
const released = (thread: BindingThread): Promise<number> =>
  soon(
    'the thread has released its pointers',
    new Promise(resolve => thread.wait({ ms: 0, cancelable: false }, resolve)),
  )

const started = async (apartment: 'sta' | 'mta', callCancellation: boolean): Promise<BindingThread> => {
  let thread: BindingThread | undefined
  const hresult = await soon(
    'the thread has started',
    new Promise<number>(resolve => {
      thread = defaultBinding().startThread(
        { apartment, callCancellation, busyRetry: 0, grace: 100 },
        resolve,
      )
    }),
  )
  if (!thread || hresult !== HResult.S_OK) throw new Error(`no thread: ${nameOf(hresult)}`)
  return thread
}
