// Host processes as calls need them: whether they live, how they ended, and when a call terminates them.
import type {
  Architecture,
  Binding,
  BindingHost,
  HostEnd,
  HostStart,
  HRESULT,
  JobOptions,
} from '../../binding'
import { ComAbortError, ComError } from '../errors/errors'
import { endText } from '../errors/host-exit'
import { failed, HResult, serverGone } from '../errors/hresult'
import { adviceOn } from '../errors/hresult-advice'
import { callsCanceledBy } from './abort-signals'
import { aliveUntil } from './keep-alive'

/** The settings of a host process. */
export interface HostSettings {
  architecture: Architecture
  /** Milliseconds after the cancel of a call that has not returned; Infinity: never. */
  terminateAfter: number
}

/** Counts what needs a host process that ends with its last object. */
export class HostUsers {
  readonly #whenNone: () => void
  #count = 0

  constructor(whenNone: () => void) {
    this.#whenNone = whenNone
  }

  add(): void {
    this.#count++
  }

  remove(): void {
    if (--this.#count === 0) this.#whenNone()
  }
}

/** Removes the users that are garbage-collected. */
const collected = new FinalizationRegistry<HostUsers>(users => users.remove())

/**
 * What is known about the end of a process. The binding holds it until the process has ended, and must not hold the
 * handle, which closes the process when it is collected.
 */
class Life {
  /** What this program has asked for. */
  asked: 'close' | 'terminate' | undefined
  end: HostEnd | undefined
  readonly exited: Promise<HostEnd>
  over: (end: HostEnd) => void = () => {}

  constructor() {
    this.exited = new Promise(resolve => {
      this.over = end => {
        this.end = end
        resolve(end)
      }
    })
  }
}

/** A binding may hold both callbacks until the process has ended. They must not lead to the handle. */
const launch = (binding: Binding, architecture: Architecture, life: Life): Promise<HostStart> =>
  new Promise(resolve => {
    let take: typeof resolve | undefined = resolve
    const done = (start: HostStart) => {
      take?.(start)
      take = undefined
    }
    binding.startHost(architecture, done, life.over)
  })

const OBJECT = 'the object is in'
const ANOTHER = 'make a new object in another host'

/** A host process. It is closed when it is garbage-collected, which its objects prevent. */
export class HostProcess {
  readonly binding: Binding
  readonly handle: BindingHost
  /** What must be there so that it does not end; undefined for one that the program ends. */
  readonly users: HostUsers | undefined
  readonly terminateAfter: number
  readonly #life: Life
  #suspect = false

  private constructor(
    binding: Binding,
    handle: BindingHost,
    life: Life,
    terminateAfter: number,
    users: HostUsers | undefined,
  ) {
    this.binding = binding
    this.handle = handle
    this.#life = life
    this.terminateAfter = terminateAfter
    this.users = users
  }

  /** Starts a process. Rejects with ComError when it cannot be started. */
  static async start(
    binding: Binding,
    where: string,
    { architecture, terminateAfter }: HostSettings,
    users?: HostUsers,
  ): Promise<HostProcess> {
    const life = new Life()
    const { hresult, host, detail } = await aliveUntil(launch(binding, architecture, life))
    if (host && !failed(hresult)) return new HostProcess(binding, host, life, terminateAfter, users)
    throw new ComError(hresult, where, detail || `no host process was started: ${adviceOn(hresult)}`)
  }

  /** How it ended. Never rejects. */
  get exited(): Promise<HostEnd> {
    return this.#life.exited
  }

  /** Whether it has ended, or was told to end. */
  get over(): boolean {
    return this.#life.end !== undefined || this.#life.asked !== undefined
  }

  /** Whether a call has ended as calls to a process that is gone do. */
  get suspect(): boolean {
    return this.#suspect || this.over
  }

  /** What it is, and how it has ended: `host process 4100, which was terminated`. */
  get text(): string {
    const { asked, end } = this.#life
    const name = `host process ${this.handle.pid}`
    if (end) return `${name}, which ${endText(end)}`
    return asked ? `${name}, which ${endText({ by: asked, exitCode: 0, message: '' })}` : name
  }

  /** What the jobs of its objects do when they are canceled and do not end. */
  get terminate(): JobOptions['terminate'] {
    return Number.isFinite(this.terminateAfter)
      ? { host: this.handle, after: this.terminateAfter }
      : undefined
  }

  /** Throws RPC_E_DISCONNECTED when it has ended or was told to end. */
  refuseOver(where: string, what = OBJECT): void {
    if (this.over) throw new ComError(HResult.RPC_E_DISCONNECTED, where, `${what} ${this.text}; ${ANOTHER}`)
  }

  /** Notes the end of a job: whether its limit has terminated the process, and its result. */
  note(hresult: HRESULT, terminated: boolean): void {
    if (terminated) this.#life.asked ??= 'terminate'
    if (serverGone(hresult)) this.#suspect = true
  }

  /** Advice on a call that failed as calls to a process that is gone do. */
  adviceOn(hresult: HRESULT, what = OBJECT): string | undefined {
    if (!serverGone(hresult)) return undefined
    if (this.over) return `${what} ${this.text}; ${ANOTHER}`
    return `${what} ${this.text}; \`exited\` of the host tells whether it has ended, and how`
  }

  /** Ends it: at once, or when it has released its objects. */
  end(how: 'close' | 'terminate'): HRESULT {
    this.#life.asked ??= how
    if (how === 'terminate') return this.handle.terminate()
    this.handle.close()
    return HResult.S_OK
  }

  /** Counts an object of it until `leave`, or until the object is garbage-collected. */
  enter(object: object): void {
    if (!this.users) return
    this.users.add()
    collected.register(object, this.users, object)
  }

  leave(object: object): void {
    if (this.users && collected.unregister(object)) this.users.remove()
  }
}

/** Throws ComAbortError when one of the signals is aborted. */
export const refuseAborted = (where: string, signals: readonly AbortSignal[]): void => {
  const aborted = signals.find(signal => signal.aborted)
  if (aborted) throw new ComAbortError(aborted.reason, { function: where })
}

/** Waits for a process that starts. Rejects with ComAbortError when a signal aborts; the start then goes on. */
export const startedUnlessAborted = async (
  where: string,
  started: Promise<HostProcess>,
  signals: readonly AbortSignal[],
): Promise<HostProcess> => {
  let cancel = () => {}
  const aborted = new Promise<void>(resolve => {
    cancel = resolve
  })
  for (const signal of signals) callsCanceledBy(signal).add(cancel)
  try {
    const host = await Promise.race([started, aborted])
    refuseAborted(where, signals)
    return host ?? started
  } finally {
    for (const signal of signals) callsCanceledBy(signal).delete(cancel)
  }
}

/**
 * The host process of everything that was passed an object that JavaScript implements. The objects that are passed to
 * it then come from there.
 */
export class Receivers {
  #host: WeakRef<HostProcess> | undefined
  #several = false

  /** Notes an object that it was passed to, by the host process of that object. */
  note(host: HostProcess | undefined): void {
    if (this.#host === undefined && !this.#several && host) this.#host = new WeakRef(host)
    else if (this.#host?.deref() !== host || !host) this.#several = true
  }

  /** Undefined when it was passed to objects elsewhere as well. */
  get host(): HostProcess | undefined {
    return this.#several ? undefined : this.#host?.deref()
  }
}
