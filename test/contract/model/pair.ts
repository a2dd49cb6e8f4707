// Two threads that run the steps of a program on the binding under test: one has an object, the other calls it.
import { HResult, IID_ICancelMethodCalls } from 'com-cancel'
import type {
  BindingPointer,
  BindingThread,
  CallKey,
  CallOutcome,
  Implementation,
  IncomingCall,
  JobId,
} from '../../../binding'
import { callOf, defaultBinding } from '../../support/com'
import { LONG, soon, until } from '../../support/until'
import { type How, hit, nameOf, type Outcome, OWN, type Program, type Step } from './programs'

interface Deferred<T> {
  promise: Promise<T>
  resolve(value: T): void
}

const deferred = <T>(): Deferred<T> => {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>(settle => {
    resolve = settle
  })
  return { promise, resolve }
}

/** One call: the outermost, its callback, or the call that the callback makes. */
interface Level {
  token: number
  begun: Deferred<CallKey>
  began: boolean
  canceled: Deferred<void>
  /** Ends the method of the call. */
  released: Promise<void>
  /** The method ends when the call is canceled. */
  givesUp: boolean
  inner: Level | undefined
  returned: string | undefined
}

interface Made {
  job: JobId
  outcome: Promise<CallOutcome>
}

type Answers = Pick<Implementation, 'invoke' | 'canceled'>

interface Implemented {
  pointer: BindingPointer
  /** Performs the calls; set before the first of them. */
  answers(answers: Answers): void
}

const implement = (thread: BindingThread): Implemented => {
  let answers: Answers | undefined
  const pointer = thread.implement({
    members: { do: 1 },
    iid: null,
    invoke: call => answers?.invoke(call),
    canceled: key => answers?.canceled(key),
  })
  return {
    pointer,
    answers: each => {
      answers = each
    },
  }
}

const resultOf = ({ hresult, value }: CallOutcome, token: number): string => {
  if (hresult !== HResult.S_OK) return nameOf(hresult)
  return value?.type === 'i4' && value.value === token ? OWN : `another's: ${JSON.stringify(value)}`
}

/** Two threads: one has an object, the other calls it and passes a callback. */
export class Pair {
  readonly #caller: BindingThread
  readonly #levels = new Map<number, Level>()
  readonly #byKey = new Map<CallKey, Level>()
  readonly #made: BindingPointer
  readonly #object: BindingPointer
  readonly #callback: BindingPointer
  #lastToken = 0

  private constructor(
    home: BindingThread,
    caller: BindingThread,
    { made, object }: { made: Implemented; object: BindingPointer },
  ) {
    this.#caller = caller
    this.#made = made.pointer
    this.#object = object
    made.answers(this.#answersOn(home))
    const callback = implement(caller)
    callback.answers(this.#answersOn(caller))
    this.#callback = callback.pointer
  }

  static async meet(home: BindingThread, caller: BindingThread): Promise<Pair> {
    const made = implement(home)
    const { value } = await soon(
      'the object was adopted',
      new Promise<CallOutcome>(resolve => caller.adopt(made.pointer, resolve)),
    )
    if (value?.type !== 'dispatch' || !value.value) throw new Error('nothing was adopted')
    return new Pair(home, caller, { made, object: value.value as BindingPointer })
  }

  part(): void {
    for (const pointer of [this.#object, this.#callback, this.#made]) pointer.release()
  }

  async take(program: Program, step: Step): Promise<Outcome> {
    switch (step.do) {
      case 'nothing':
        return { returned: [], said: await this.#cancel(step.cancel, 0) }
      case 'wait':
        return this.#wait(program, step)
      case 'queue':
        return this.#queue()
      case 'call':
        return this.#nested(program, step)
    }
  }

  async #wait(
    { callCancellation }: Program,
    { cancel, cancelable }: Step & { do: 'wait' },
  ): Promise<Outcome> {
    const ends = cancel !== null && cancelable && callCancellation
    let job: JobId = 0
    const outcome = new Promise<number>(resolve => {
      job = this.#caller.wait({ ms: ends ? LONG : 150, cancelable }, resolve)
    })
    let said: string | null = null
    if (cancel !== null) {
      if (cancelable) await callOf(this.#caller.id)
      // A thread that is idle takes the job at once.
      else await new Promise(resolve => setTimeout(resolve, 50))
      said = await this.#cancel(cancel, job)
    }
    const hresult = await soon('the wait is over', outcome)
    return { returned: [hresult === HResult.S_OK ? OWN : nameOf(hresult)], said }
  }

  async #queue(): Promise<Outcome> {
    const may = deferred<void>()
    const first = this.#level(may.promise)
    const running = this.#call(first)
    await soon('it has begun', first.begun.promise)
    const second = this.#level(Promise.resolve())
    const queued = this.#call(second)
    const said = await this.#cancel('job', queued.job)
    const given = resultOf(await soon('it is canceled', queued.outcome), second.token)
    may.resolve()
    const returned = resultOf(await soon('it is back', running.outcome), first.token)
    return { returned: [returned, second.began ? given : `${given}, never begun`], said }
  }

  async #nested(program: Program, { depth, cancel, notices }: Step & { do: 'call' }): Promise<Outcome> {
    const may = deferred<void>()
    const levels = Array.from({ length: depth }, (_, i) =>
      this.#level(i === depth - 1 ? may.promise : Promise.resolve()),
    )
    for (const [i, level] of levels.entries()) level.inner = levels[i + 1]
    const [outer, innermost] = [levels[0], levels.at(-1)]
    if (!outer || !innermost) throw new Error('no call')
    const { home, caller, callCancellation } = program
    const effective = cancel !== null && callCancellation && (home === 'sta' || caller === 'sta')
    const meant = levels[hit(program, depth, cancel)]
    innermost.givesUp = notices && effective && meant === innermost
    const call = this.#call(outer)
    await soon('the innermost has begun', innermost.begun.promise)
    const said = cancel && (await this.#cancel(cancel, call.job))
    // A job that was canceled is retried until its call returns.
    if (effective && cancel === 'job') await this.#isCanceled()
    // A method in a call of its own may be notified only when that call has returned, as with the addon.
    if (effective && meant === innermost) await this.#knows(meant)
    may.resolve()
    outer.returned = resultOf(await soon('the call is back', call.outcome), outer.token)
    // Other calls may take longer than the one that they were made for.
    await soon('all are back', this.#all(levels))
    return { returned: levels.map(level => level.returned ?? 'nothing'), said }
  }

  /** Whether the caller's call is canceled, or has returned. */
  async #isCanceled(): Promise<void> {
    await until('the call is canceled', () => {
      const { object } = defaultBinding().coGetCancelObject(this.#caller.id, IID_ICancelMethodCalls)
      const canceled = object === null || object.testCancel() === HResult.RPC_E_CALL_CANCELED
      object?.release()
      return canceled
    })
  }

  /** Whether its method has seen the cancel (S2). */
  async #knows({ begun }: Level): Promise<void> {
    const key = await begun.promise
    await until(
      'its method knows that it was canceled',
      () => defaultBinding().testIncoming(key) === HResult.RPC_E_CALL_CANCELED,
    )
  }

  async #all(levels: Level[]): Promise<void> {
    while (levels.some(level => level.returned === undefined))
      await new Promise(resolve => setTimeout(resolve, 1))
  }

  #level(released: Promise<void>): Level {
    const level: Level = {
      token: ++this.#lastToken,
      begun: deferred(),
      began: false,
      canceled: deferred(),
      released,
      givesUp: false,
      inner: undefined,
      returned: undefined,
    }
    this.#levels.set(level.token, level)
    return level
  }

  #call({ token }: Level): Made {
    return this.#invoke(this.#caller, this.#object, token, this.#callback)
  }

  #invoke(thread: BindingThread, object: BindingPointer, token: number, callback?: BindingPointer): Made {
    let job: JobId = 0
    const outcome = new Promise<CallOutcome>(resolve => {
      const args = [
        { type: 'i4' as const, value: token },
        ...(callback ? [{ type: 'dispatch' as const, value: callback }] : []),
      ]
      job = thread.ask(object, { member: 1, kind: 'call', args, named: [] }, resolve)
    })
    return { job, outcome }
  }

  async #cancel(how: How, job: JobId): Promise<string> {
    const binding = defaultBinding()
    if (how === 'job') return binding.cancelJob(job) ? 'queued' : 'running'
    const hresult = await soon(
      'the cancel has ended',
      new Promise<number>(resolve =>
        how === 'thread' ? this.#caller.cancel(0, resolve) : binding.cancelCall(this.#caller.id, 0, resolve),
      ),
    )
    return nameOf(hresult)
  }

  #answersOn(thread: BindingThread): Answers {
    return {
      invoke: call => void this.#answer(thread, call),
      canceled: key => this.#byKey.get(key)?.canceled.resolve(),
    }
  }

  async #answer(at: BindingThread, { key, args: [token, callback] }: IncomingCall): Promise<void> {
    const binding = defaultBinding()
    const level = this.#levels.get(Number(token?.type === 'i4' && token.value))
    const passed = callback?.type === 'dispatch' ? (callback.value as BindingPointer) : undefined
    if (!level) throw new Error('an unknown call')
    level.began = true
    this.#byKey.set(key, level)
    level.begun.resolve(key)
    if (level.inner) await this.#goOn(at, level.inner, passed)
    await level.released
    if (level.givesUp) {
      await level.canceled.promise
      binding.reply(key, { hresult: HResult.RPC_E_CALL_CANCELED })
    } else binding.reply(key, { hresult: HResult.S_OK, value: { type: 'i4', value: level.token } })
    passed?.release()
  }

  /** The method calls its callback, whose handler calls the object again. */
  async #goOn(at: BindingThread, inner: Level, callback: BindingPointer | undefined): Promise<void> {
    const made = callback ? this.#invoke(at, callback, inner.token) : this.#call(inner)
    inner.returned = resultOf(await made.outcome, inner.token)
  }
}
