// The states of cancel objects in shared memory: those of this worker's threads.
import { StateFlag } from '../objects/cancel-state'
import type { SharedState, SharedStateOptions } from '../objects/shared-state'
import { AWAITED, CallSlots, type SharedCallMessages } from './call-slots'
import { type HeldState, HeldStates } from './held-state'
import type { MessageSender, Peer } from './messages'
import { reportFull } from './shared-memory'
import type { WorkerSlot } from './worker-slot'

interface OwnState {
  serial: number
  callbacks: Pick<SharedStateOptions, 'changed' | 'unheld'>
}

export class SharedCalls {
  readonly #worker: WorkerSlot
  readonly #slots: CallSlots
  readonly #channel: MessageSender<SharedCallMessages>
  readonly #held: HeldStates
  /** By the address of their slots. */
  readonly #own = new Map<number, OwnState>()

  constructor(worker: WorkerSlot, channel: MessageSender<SharedCallMessages>) {
    this.#worker = worker
    this.#slots = new CallSlots(worker)
    this.#channel = channel
    const unheld = (at: number) => this.#own.get(at)?.callbacks.unheld()
    this.#held = new HeldStates(this.#slots, channel, unheld)
    channel.on('canceled', ({ at, serial }) => {
      const own = this.#own.get(at)
      if (own?.serial === serial) own.callbacks.changed()
    })
    channel.on('unheld', ({ at }) => unheld(at))
    channel.on('over', ({ at }) => this.#held.notifyWaiting(at))
  }

  get used(): number {
    return this.#slots.used
  }

  /** For an object that is pushed on the stack of one of this worker's threads. Null when the memory is full. */
  newState(options: SharedStateOptions): SharedState | null {
    const slots = this.#slots
    const at = slots.allocator.allocate()
    if (at === undefined) {
      reportFull('calls', this.#worker.memory)
      return null
    }
    const { flags, result, timed } = options
    const server = timed ? 0 : (options.server ?? this.#worker.number)
    const serial = slots.start(at, { flags, result, server })
    this.#own.set(at, { serial, callbacks: options })
    return {
      at,
      get flags() {
        return slots.flags(at)
      },
      get cancelTimeout() {
        return slots.cancelTimeout(at)
      },
      get holders() {
        return [...slots.holders(at)].length
      },
      set: flag => {
        const before = slots.set(at, flag)
        if (before & AWAITED && flag !== StateFlag.canceled) this.#notifyHolders(at)
        return before
      },
      free: () => this.#free(at),
    }
  }

  /** Holds the state of another worker's cancel object: see HeldStates.hold. */
  hold(at: number, isOnTop: () => boolean): HeldState | undefined {
    return this.#held.hold(at, isOnTop)
  }

  /** Completes the calls of a worker that has ended, and releases what it held. */
  reclaim({ number }: Peer): void {
    const slots = this.#slots
    // Free slots too: the worker may have ended between adding itself as a holder and looking at the stack.
    for (const at of slots.allocator.all()) slots.removeHolder(at, number)
    slots.allocator.reclaim(number, at => {
      const serial = slots.serial(at)
      slots.set(at, StateFlag.completed)
      this.#notifyHolders(at)
      const isHeld = () => [...slots.holders(at)].length > 0
      if (!isHeld()) {
        slots.clear(at)
        return true
      }
      const unheld = () => {
        if (!isHeld()) this.#free(at)
      }
      this.#own.set(at, { serial, callbacks: { changed: () => {}, unheld } })
      return false
    })
  }

  /** Frees the slots that no worker holds any more, after the end of one that may have held them. */
  freeUnheld(): void {
    for (const { callbacks } of [...this.#own.values()]) callbacks.unheld()
  }

  /** Completes the calls of this worker, which is about to end: wakes threads that sleep until they have ended. */
  completeAll(): void {
    for (const at of this.#own.keys()) {
      this.#slots.set(at, StateFlag.completed)
      this.#notifyHolders(at)
    }
  }

  #notifyHolders(at: number): void {
    this.#slots.wake(at)
    for (const number of this.#slots.holders(at)) {
      const holder = this.#worker.peer(number)
      if (!holder) continue
      if (number === this.#worker.number) this.#held.notifyWaiting(at)
      else {
        this.#worker.wake(number)
        this.#channel.send(holder, 'over', { at })
      }
    }
  }

  #free(at: number): void {
    this.#own.delete(at)
    this.#slots.clear(at)
    this.#slots.allocator.free(at)
  }
}
