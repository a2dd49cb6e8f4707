// The clock of one emulator: it follows the machine's clock, or is stopped and moved by a test.
import * as validate from '../../errors/validate'
import type { Clock, Milliseconds, Timer, WakeWord } from './clock'
import { type ClockTimer, ClockTimers, type TimerKind } from './clock-timers'
import type { EmulatorClock } from './emulator-clock'
import { laterTurn, MachineClock } from './machine-clock'
import { ReadyTasks } from './ready-tasks'
import type { Choose } from './seeded-choice'

/** More tasks and timers than this at one moment are taken for an endless loop. */
const MOST_EVENTS_AT_ONE_MOMENT = 1_000_000

export class ControlledClock implements Clock, EmulatorClock {
  readonly #machine = new MachineClock(() => this.#continueWithMachine())
  readonly #timers = new ClockTimers(
    this.#machine,
    () => this.now(),
    timer => this.#fire(timer),
  )
  #tasks = new ReadyTasks(false)
  #read = false
  /** The time while the clock is stopped. */
  #stoppedAt: Milliseconds | undefined
  /** The difference to the machine's time while the clock is not stopped. */
  #offset: Milliseconds = 0
  #stopScopes = 0
  readonly #turn = (): void => {
    if (this.#movedBy !== 'run') this.#tasks.take(0)?.run()
  }
  #movedBy: 'advance' | 'run' | undefined
  #firingScheduled = false
  /** The number of tasks and timers that have run since the time last changed. */
  #eventsAtThisMoment = 0

  now(): Milliseconds {
    this.#read = true
    return this.#stoppedAt ?? this.#machine.now() + this.#offset
  }

  get stopped(): boolean {
    return this.#stoppedAt !== undefined
  }

  get timers(): number {
    return this.#timers.awaited
  }

  /** Whether `Emulator.run` moves the clock. */
  get running(): boolean {
    return this.#movedBy === 'run'
  }

  after(ms: Milliseconds, fire: () => void): Timer {
    return this.#setTimer(ms, fire, 'call')
  }

  soon(run: () => void, lane?: object): void {
    this.#tasks.push(run, lane)
    if (this.#movedBy !== 'run') this.#scheduleTurns(1)
  }

  block(ms: Milliseconds, wakeWord?: WakeWord): void {
    // A sleep without an end waits for another worker thread.
    if (this.#stoppedAt === undefined || ms === Number.POSITIVE_INFINITY) this.#machine.block(ms, wakeWord)
    else if (ms > 0) {
      this.#moveTo(this.#stoppedAt + ms)
      this.#fireDueTimers()
    }
  }

  stop(): Disposable {
    if (this.#stopScopes++ === 0) this.#freeze()
    let on = true
    return {
      [Symbol.dispose]: () => {
        if (on && --this.#stopScopes === 0) this.#resume()
        on = false
      },
    }
  }

  async advance(ms: Milliseconds): Promise<void> {
    const where = 'clock.advance'
    const span = validate.milliseconds(where, 'ms', ms)
    await this.#move(where, () => this.#advanceTo(this.now() + span))
  }

  advanceToNext(): Promise<boolean> {
    return this.#move('clock.advanceToNext', async () => {
      await this.#settled()
      const next = this.#timers.first?.due ?? Number.POSITIVE_INFINITY
      if (next === Number.POSITIVE_INFINITY) return false
      await this.#advanceTo(next)
      return true
    })
  }

  async delay(ms: Milliseconds): Promise<void> {
    const span = validate.milliseconds('clock.delay', 'ms', ms)
    await new Promise<void>(resolve => this.#setTimer(span, resolve, 'delay'))
  }

  timeout(ms: Milliseconds): AbortSignal {
    const span = validate.milliseconds('clock.timeout', 'ms', ms)
    const controller = new AbortController()
    const abort = () =>
      controller.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'))
    this.#setTimer(span, abort, 'signal')
    return controller.signal
  }

  /** Until the scope is disposed, tasks and timers run in `step` only. `laned`: `step` chooses among the lanes. */
  takeOver(where: string, laned: boolean): Disposable {
    if (this.#movedBy) throw alreadyMoved(where)
    const stopped = this.stop()
    this.#movedBy = 'run'
    this.#eventsAtThisMoment = 0
    this.#sortIntoLanes(laned)
    return {
      [Symbol.dispose]: () => {
        this.#movedBy = undefined
        this.#sortIntoLanes(false)
        this.#scheduleTurns(this.#tasks.size)
        this.#fireDueTimers()
        stopped[Symbol.dispose]()
      },
    }
  }

  /**
   * Runs one task that is ready, or one timer that is due. Where there is neither, moves the time to the next
   * timer and fires it. False when nothing is left.
   */
  step(choose: Choose): boolean {
    const { lanes } = this.#tasks
    const due = this.#timers.dueBy(this.now())
    if (lanes + due.length > 0) {
      const choice = choose(lanes + due.length)
      const task = this.#tasks.take(choice)
      if (task) this.#runCounted(task.run)
      else this.#fire(due[choice - lanes])
      return true
    }
    const next = this.#timers.first
    if (!next || next.due === Number.POSITIVE_INFINITY) return false
    this.#moveTo(next.due)
    return this.step(choose)
  }

  #setTimer(ms: Milliseconds, fire: () => void, kind: TimerKind): Timer {
    const due = ms === Number.POSITIVE_INFINITY ? ms : this.now() + Math.max(0, ms)
    const timer = this.#timers.add(due, fire, kind)
    if (this.#stoppedAt === undefined) this.#timers.arm(timer)
    else this.#fireDueTimers()
    return {
      cancel: () => {
        if (this.#timers.remove(timer)) timer.machineTimer?.cancel()
      },
    }
  }

  #fire(timer: ClockTimer | undefined): void {
    if (!timer || !this.#timers.remove(timer)) return
    if (this.#stoppedAt !== undefined) this.#moveTo(Math.max(this.#stoppedAt, timer.due))
    this.#runCounted(timer.fire)
  }

  /** After fake timers were uninstalled: what they would have fired goes to the machine's timers. */
  #continueWithMachine(): void {
    if (this.#stoppedAt !== undefined) return
    this.#timers.armAll()
    this.#scheduleTurns(this.#tasks.size)
  }

  #freeze(): void {
    // Whole milliseconds, and 0 if possible: sums are exact, and the same on every machine.
    this.#moveTo(this.#read ? Math.ceil(this.now()) : 0)
    this.#timers.disarmAll()
    // Tasks may wait for a turn that only fake timers give.
    this.#scheduleTurns(this.#tasks.size)
    this.#fireDueTimers()
  }

  #resume(): void {
    this.#offset = this.now() - this.#machine.now()
    this.#stoppedAt = undefined
    this.#timers.armAll()
  }

  #moveTo(moment: Milliseconds): void {
    if (moment !== this.#stoppedAt) this.#eventsAtThisMoment = 0
    this.#stoppedAt = moment
  }

  #runCounted(run: () => void): void {
    if (this.#movedBy && ++this.#eventsAtThisMoment > MOST_EVENTS_AT_ONE_MOMENT)
      throw new Error(
        `the emulator: more than ${MOST_EVENTS_AT_ONE_MOMENT} tasks and timers ran at one moment: is there an endless loop that takes no time?`,
      )
    run()
  }

  /** Schedules turns of the event loop. In each turn the first task runs. */
  #scheduleTurns(count: number): void {
    for (let i = 0; i < count; i++) {
      if (this.#stoppedAt === undefined) this.#machine.soon(this.#turn)
      else laterTurn(this.#turn)
    }
  }

  #sortIntoLanes(laned: boolean): void {
    const before = this.#tasks
    this.#tasks = new ReadyTasks(laned)
    for (let task = before.take(0); task; task = before.take(0)) this.#tasks.push(task.run, task.lane)
  }

  /** Fires the timers that are due already, in later turns, while the clock is stopped and not being moved. */
  #fireDueTimers(): void {
    if (this.#firingScheduled || this.#stoppedAt === undefined || this.#movedBy) return
    if (this.#timers.dueBy(this.#stoppedAt).length === 0) return
    this.#firingScheduled = true
    laterTurn(() => {
      this.#firingScheduled = false
      if (this.#stoppedAt === undefined || this.#movedBy) return
      try {
        this.#fire(this.#timers.dueBy(this.#stoppedAt)[0])
      } finally {
        this.#fireDueTimers()
      }
    })
  }

  async #move<T>(where: string, move: () => Promise<T>): Promise<T> {
    if (this.#movedBy) throw alreadyMoved(where)
    if (this.#stoppedAt === undefined)
      throw new Error(`${where}: the clock is not stopped; only a stopped clock can be moved (clock.stop())`)
    const stopped = this.stop()
    this.#movedBy = 'advance'
    this.#eventsAtThisMoment = 0
    try {
      return await move()
    } finally {
      this.#movedBy = undefined
      this.#fireDueTimers()
      stopped[Symbol.dispose]()
    }
  }

  async #advanceTo(moment: Milliseconds): Promise<void> {
    await this.#settled()
    for (let next = this.#timers.first; next && next.due <= moment; next = this.#timers.first) {
      this.#fire(next)
      await this.#settled()
    }
    // Later than `moment` where a call has blocked JavaScript.
    this.#moveTo(Math.max(this.now(), moment))
  }

  /** Fulfils when everything that takes no time has happened. */
  async #settled(): Promise<void> {
    do await new Promise<void>(resolve => this.#runCounted(() => laterTurn(resolve)))
    while (this.#tasks.size > 0)
  }
}

const alreadyMoved = (where: string): Error =>
  new Error(
    `${where}: the clock is being moved already; wait until that is over (inside Emulator.run, use clock.delay)`,
  )
