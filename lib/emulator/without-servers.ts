// What a thread answers as long as the emulator has no servers: E_NOTIMPL, to every call of an object.
import type {
  BindingPointer,
  CallOutcome,
  EventSource,
  HRESULT,
  JobId,
  Returned,
  ThreadId,
} from '../../binding'
import { HResult } from '../hresult'
import type { System } from './system'

const notImplemented: CallOutcome = {
  hresult: HResult.E_NOTIMPL,
  value: null,
  outs: [],
  exception: null,
  argument: -1,
}

/** Stands for an object that nobody can call. */
class UncalledPointer implements BindingPointer {
  readonly threadId: ThreadId
  held = true

  constructor(threadId: ThreadId) {
    this.threadId = threadId
  }

  release(): void {
    this.held = false
  }
}

export abstract class WithoutServers {
  readonly #system: System
  readonly #takeId: () => JobId

  constructor(system: System, takeId: () => JobId) {
    this.#system = system
    this.#takeId = takeId
  }

  abstract get id(): ThreadId

  activate(_activation: unknown, done: Returned): JobId {
    return this.#refuse(() => done(notImplemented))
  }

  invoke(_object: BindingPointer, _invocation: unknown, done: Returned): JobId {
    return this.#refuse(() => done(notImplemented))
  }

  lookUp(_object: BindingPointer, _member: string, done: Returned): JobId {
    return this.#refuse(() => done(notImplemented))
  }

  next(_enumerator: BindingPointer, _count: number, done: Returned): JobId {
    return this.#refuse(() => done(notImplemented))
  }

  adopt(_object: BindingPointer, done: Returned): JobId {
    return this.#refuse(() => done(notImplemented))
  }

  implement(): BindingPointer {
    return new UncalledPointer(this.id)
  }

  eventsOf(
    _object: BindingPointer,
    _iid: string | null,
    done: (hresult: HRESULT, events: EventSource | null) => void,
  ): JobId {
    return this.#refuse(() => done(HResult.E_NOTIMPL, null))
  }

  advise(_object: BindingPointer, _iid: string, _sink: BindingPointer, done: Returned): JobId {
    return this.#refuse(() => done(notImplemented))
  }

  unadvise(_object: BindingPointer, _iid: string, _cookie: number, done: Returned): JobId {
    return this.#refuse(() => done(notImplemented))
  }

  #refuse(tell: () => void): JobId {
    const caller = this.#system.threads.current
    this.#system.post(caller, tell)
    return this.#takeId()
  }
}
