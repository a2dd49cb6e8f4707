// The states of other workers' cancel objects that this worker holds.
import type { HRESULT, Seconds } from '../../../binding'
import { OVER, StateFlag } from '../objects/cancel-state'
import { AWAITED, type CallSlots, type SharedCallMessages, type SlotUse } from './call-slots'
import type { MessageSender } from './messages'

export class HeldStates {
  readonly #slots: CallSlots
  readonly #channel: MessageSender<SharedCallMessages>
  readonly #unheldHere: (at: number) => void
  /** How often this worker holds each slot. */
  readonly #counts = new Map<number, number>()
  /** Callbacks that wait for the end of a call. */
  readonly #waiting = new Map<number, Set<() => void>>()

  /** `unheldHere` is called when this worker releases a slot that it owns itself. */
  constructor(
    slots: CallSlots,
    channel: MessageSender<SharedCallMessages>,
    unheldHere: (at: number) => void,
  ) {
    this.#slots = slots
    this.#channel = channel
    this.#unheldHere = unheldHere
  }

  /**
   * The state in a slot, held until it is released. Undefined unless its object is on top of a thread's stack, as
   * `isOnTop` sees it.
   */
  hold(at: number, isOnTop: () => boolean): HeldState | undefined {
    const count = this.#counts.get(at) ?? 0
    this.#counts.set(at, count + 1)
    if (count === 0) this.#slots.addHolder(at, this.#slots.worker.number)
    // The owner looks for holders after it has removed the object from the stack: one of the two sees the other.
    if (isOnTop()) return new HeldState(this, this.#slots, at)
    this.release(at)
    return undefined
  }

  /** Calls back when calls in a slot may have ended. */
  notifyWaiting(at: number): void {
    for (const over of [...(this.#waiting.get(at) ?? [])]) over()
  }

  // For HeldState

  /** @internal Marks the object canceled unless its call has ended, and notifies its owner. Returns the previous flags. */
  cancel(use: SlotUse, seconds: Seconds): number {
    const { at } = use
    this.#slots.shortenCancelTimeout(at, seconds)
    const before = this.#slots.setWhilePending(at, StateFlag.canceled | (seconds > 0 ? AWAITED : 0))
    if ((before & OVER) === 0) this.#notifyOwner(at, 'canceled', use)
    return before
  }

  /** @internal */
  whenOver(at: number, over: () => void): () => void {
    const waiting = this.#waiting.get(at) ?? new Set()
    waiting.add(over)
    this.#waiting.set(at, waiting)
    return () => {
      waiting.delete(over)
      if (waiting.size === 0) this.#waiting.delete(at)
    }
  }

  /** @internal */
  release(at: number): void {
    const left = (this.#counts.get(at) ?? 1) - 1
    if (left > 0) {
      this.#counts.set(at, left)
      return
    }
    this.#counts.delete(at)
    const { number } = this.#slots.worker
    this.#slots.removeHolder(at, number)
    if (this.#slots.allocator.ownerOf(at) === number) this.#unheldHere(at)
    else this.#notifyOwner(at, 'unheld', { at })
  }

  #notifyOwner<Kind extends 'canceled' | 'unheld'>(
    at: number,
    kind: Kind,
    message: SharedCallMessages[Kind],
  ): void {
    const { worker, allocator } = this.#slots
    const owner = worker.peer(allocator.ownerOf(at))
    if (!owner) return
    worker.wake(owner.number)
    this.#channel.send(owner, kind, message)
  }
}

/** The state of another worker's cancel object, which stays in shared memory until it is released here. */
export class HeldState {
  readonly #states: HeldStates
  readonly #slots: CallSlots
  readonly #use: SlotUse

  constructor(states: HeldStates, slots: CallSlots, at: number) {
    this.#states = states
    this.#slots = slots
    this.#use = { at, serial: slots.serial(at) }
  }

  get flags(): number {
    return this.#slots.flags(this.#use.at)
  }

  /** Whether the call has ended. */
  get over(): boolean {
    return (this.flags & OVER) !== 0
  }

  /** What Cancel returns. */
  get result(): HRESULT {
    return this.#slots.result(this.#use.at)
  }

  /** Whether JavaScript of this worker serves the call. */
  get servedHere(): boolean {
    return this.#slots.server(this.#use.at) === this.#slots.worker.number
  }

  /** Returns the previous flags. An object whose call has ended is not canceled. */
  cancel(seconds: Seconds): number {
    return this.#states.cancel(this.#use, seconds)
  }

  /** After a Cancel with a timeout: calls back when the call may have ended. Returns a function that stops that. */
  whenOver(over: () => void): () => void {
    return this.#states.whenOver(this.#use.at, over)
  }

  release(): void {
    this.#states.release(this.#use.at)
  }
}
