// The timers of a clock. While the clock is not stopped, the machine's timers fire them.
import type { Milliseconds, Timer } from './clock'
import type { MachineClock } from './machine-clock'
import { TimerHeap, type TimerHeapItem } from './timer-heap'

/** What a timer belongs to. Only a delay of the program keeps the process alive: calls are kept by the library. */
export type TimerKind = 'call' | 'delay' | 'signal'

export interface ClockTimer extends TimerHeapItem {
  readonly fire: () => void
  readonly kind: TimerKind
  /** The machine's timer that fires it while the clock is not stopped. */
  machineTimer: Timer | undefined
}

export class ClockTimers {
  readonly #machine: MachineClock
  readonly #now: () => Milliseconds
  readonly #due: (timer: ClockTimer) => void
  readonly #heap = new TimerHeap<ClockTimer>()
  #lastNumber = 0
  #awaited = 0

  /** `now`: the clock's time. `due` is called when the machine's timer of a timer fires. */
  constructor(machine: MachineClock, now: () => Milliseconds, due: (timer: ClockTimer) => void) {
    this.#machine = machine
    this.#now = now
    this.#due = due
  }

  /** The number of timers, without those of signals. */
  get awaited(): number {
    return this.#awaited
  }

  get first(): ClockTimer | undefined {
    return this.#heap.first
  }

  /** The timers that are due at a moment, in order. */
  dueBy(moment: Milliseconds): readonly ClockTimer[] {
    return this.#heap.dueBy(moment)
  }

  add(due: Milliseconds, fire: () => void, kind: TimerKind): ClockTimer {
    const number = ++this.#lastNumber
    const timer: ClockTimer = { due, number, place: 'none', fire, kind, machineTimer: undefined }
    this.#heap.add(timer)
    if (kind !== 'signal') this.#awaited++
    return timer
  }

  /** False for a timer that has fired or was removed. */
  remove(timer: ClockTimer): boolean {
    const found = this.#heap.delete(timer)
    if (found && timer.kind !== 'signal') this.#awaited--
    return found
  }

  /** Sets the machine's timer of a timer. */
  arm(timer: ClockTimer): void {
    timer.machineTimer?.cancel()
    const keepsProcess = timer.kind === 'delay'
    if (timer.due === Number.POSITIVE_INFINITY) {
      timer.machineTimer = keepsProcess ? this.#machine.keepProcess() : undefined
      return
    }
    timer.machineTimer = this.#machine.after(timer.due - this.#now(), () => this.#due(timer), keepsProcess)
  }

  armAll(): void {
    for (const timer of this.#heap.all) this.arm(timer)
  }

  /** Cancels the machine's timers. */
  disarmAll(): void {
    for (const timer of this.#heap.all) {
      timer.machineTimer?.cancel()
      timer.machineTimer = undefined
    }
  }
}
