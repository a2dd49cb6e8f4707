// The two kinds of apartments: one thread that executes calls one by one, or a pool of threads.
import type { HRESULT } from '../../../binding'
import { HResult } from '../../errors/hresult'
import { LinkedQueue } from '../clock/linked-queue'
import type { EmulatedApartment, QueuedCall, ThreadStack } from './thread-stack'

const GONE: HRESULT = HResult.RPC_E_DISCONNECTED

/** Its thread begins calls one after the other, also while it waits in a call of its own. */
export class SingleThreadedApartment implements EmulatedApartment {
  readonly kind = 'sta'
  readonly #stack: ThreadStack
  readonly #queue = new LinkedQueue<QueuedCall>()
  readonly #whenFree: () => void
  #state: 'opening' | 'open' | 'closed' = 'opening'

  /** `whenFree` is called whenever the thread may have nothing to do. */
  constructor(stack: ThreadStack, whenFree: () => void = () => {}) {
    this.#stack = stack
    this.#whenFree = whenFree
  }

  get threads(): Iterable<ThreadStack> {
    return [this.#stack]
  }

  /** The thread has entered it. */
  open(): void {
    if (this.#state === 'opening') this.#state = 'open'
    this.changed()
  }

  /** The thread leaves it: queued calls are refused. */
  close(): void {
    this.#state = 'closed'
    for (let next = this.#queue.shift(); next; next = this.#queue.shift()) next.refuse(GONE)
  }

  deliver(call: QueuedCall): void {
    if (this.#state === 'closed') {
      call.refuse(GONE)
      return
    }
    this.#queue.push(call)
    this.changed()
    this.#stack.catchUp()
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

/** Threads without a call that the multithreaded apartment keeps for later calls. */
const MOST_FREE = 8

/** Each call begins at once, on a thread of its own. */
export class MultiThreadedApartment implements EmulatedApartment {
  readonly kind = 'mta'
  readonly #newStack: (apartment: EmulatedApartment) => ThreadStack
  readonly #endThread: (stack: ThreadStack) => void
  readonly #whenFree = new WeakMap<ThreadStack, () => void>()
  readonly #pool = new Set<ThreadStack>()
  /** Those that are idle, the one that has been for the longest time first. An array: see LiveSet. */
  readonly #free: ThreadStack[] = []
  #closed = false

  constructor(
    newStack: (apartment: EmulatedApartment) => ThreadStack,
    endThread: (stack: ThreadStack) => void,
  ) {
    this.#newStack = newStack
    this.#endThread = endThread
  }

  /** The threads that were started for calls. */
  get threads(): Iterable<ThreadStack> {
    return this.#pool
  }

  /** A thread that is not of the pool enters; `whenFree` as in SingleThreadedApartment. */
  enter(stack: ThreadStack, whenFree: () => void): void {
    this.#whenFree.set(stack, whenFree)
  }

  close(): void {
    this.#closed = true
  }

  deliver(call: QueuedCall): void {
    if (this.#closed) {
      call.refuse(GONE)
      return
    }
    const stack = this.#takeFree() ?? this.#newStack(this)
    this.#pool.add(stack)
    call.begin(stack)
    // A call that does not begin after all leaves the thread free.
    if (stack.idle) this.#setFree(stack)
    else stack.catchUp()
  }

  withdraw(): void {
    // Calls are never queued here.
  }

  changed(stack: ThreadStack): void {
    this.#whenFree.get(stack)?.()
    if (stack.idle && this.#pool.has(stack)) this.#setFree(stack)
  }

  #setFree(stack: ThreadStack): void {
    if (this.#free.includes(stack)) return
    if (this.#free.length < MOST_FREE || this.#closed) {
      this.#free.push(stack)
      return
    }
    this.#pool.delete(stack)
    this.#endThread(stack)
  }

  #takeFree(): ThreadStack | undefined {
    let stack = this.#free.shift()
    while (stack && !stack.idle) stack = this.#free.shift()
    return stack
  }
}
