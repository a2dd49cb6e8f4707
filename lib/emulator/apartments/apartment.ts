// Where objects live and calls to them are carried out: one thread that takes them one by one, or threads for all of them.
import type { HRESULT } from '../../../binding'
import { HResult } from '../../errors/hresult'
import { type Linked, LinkedQueue } from '../clock/linked-queue'
import type { ThreadStack } from './thread-stack'

/** A call that has come to an apartment. */
export interface QueuedCall extends Linked<QueuedCall> {
  /** A thread of the apartment takes it up. */
  begin(stack: ThreadStack): void
  /** The apartment is gone. */
  refuse(hresult: HRESULT): void
}

export interface EmulatedApartment {
  readonly kind: 'sta' | 'mta'
  deliver(call: QueuedCall): void
  /** Takes back one that was delivered and has not begun. */
  withdraw(call: QueuedCall): void
  /** A thread of it has got free, or waits again. */
  changed(stack: ThreadStack): void
}

/** Calls are taken up one after the other, and while the thread waits in a call of its own. */
export class SingleThreadedApartment implements EmulatedApartment {
  readonly kind = 'sta'
  readonly #stack: ThreadStack
  readonly #queue = new LinkedQueue<QueuedCall>()
  readonly #whenFree: () => void
  #state: 'opening' | 'open' | 'closed' = 'opening'

  /** `whenFree`: what else the thread does when it has nothing to do. */
  constructor(stack: ThreadStack, whenFree: () => void = () => {}) {
    this.#stack = stack
    this.#whenFree = whenFree
  }

  /** The thread has entered it. */
  open(): void {
    if (this.#state === 'opening') this.#state = 'open'
    this.changed()
  }

  /** The thread leaves it: who waits to come in is refused. */
  close(): void {
    this.#state = 'closed'
    for (let next = this.#queue.shift(); next; next = this.#queue.shift())
      next.refuse(HResult.RPC_E_DISCONNECTED)
  }

  deliver(call: QueuedCall): void {
    if (this.#state === 'closed') {
      call.refuse(HResult.RPC_E_DISCONNECTED)
      return
    }
    this.#queue.push(call)
    this.changed()
    this.#stack.keepUp()
  }

  withdraw(call: QueuedCall): void {
    if (this.#queue.first === call || call.before) this.#queue.remove(call)
  }

  changed(): void {
    while (this.#state === 'open' && (this.#stack.top?.pumps ?? true)) {
      const next = this.#queue.shift()
      if (!next) break
      next.begin(this.#stack)
    }
    this.#whenFree()
  }
}

/** Every call gets a thread of its own at once. */
export class MultiThreadedApartment implements EmulatedApartment {
  readonly kind = 'mta'
  readonly #newStack: (apartment: EmulatedApartment) => ThreadStack
  readonly #whenFree = new WeakMap<ThreadStack, () => void>()
  readonly #pool = new Set<ThreadStack>()
  readonly #free = new Set<ThreadStack>()
  #closed = false

  constructor(newStack: (apartment: EmulatedApartment) => ThreadStack) {
    this.#newStack = newStack
  }

  /** The threads that were started for calls. */
  get pool(): Iterable<ThreadStack> {
    return this.#pool
  }

  /** A thread that is not of the pool enters; `whenFree` as in SingleThreaded. */
  enter(stack: ThreadStack, whenFree: () => void): void {
    this.#whenFree.set(stack, whenFree)
  }

  close(): void {
    this.#closed = true
  }

  deliver(call: QueuedCall): void {
    if (this.#closed) {
      call.refuse(HResult.RPC_E_DISCONNECTED)
      return
    }
    const stack = this.#takeFree() ?? this.#newStack(this)
    this.#pool.add(stack)
    call.begin(stack)
    // One that was not begun after all leaves the thread free without its ever having been busy.
    if (stack.idle) this.#free.add(stack)
    else stack.keepUp()
  }

  withdraw(): void {
    // They never wait.
  }

  changed(stack: ThreadStack): void {
    this.#whenFree.get(stack)?.()
    if (stack.idle && this.#pool.has(stack)) this.#free.add(stack)
  }

  #takeFree(): ThreadStack | undefined {
    for (const stack of this.#free) {
      this.#free.delete(stack)
      if (stack.idle) return stack
    }
    return undefined
  }
}
