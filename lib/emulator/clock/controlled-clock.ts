// The clock of one emulator: it follows the machine's, or stands still and is moved by whoever has stopped it.
import * as validate from '../../errors/validate'
import type { Clock, Milliseconds, Timer, WakeWord } from './clock'
import { laterTurn, MachineClock } from './machine-clock'
import { ReadyTasks } from './ready-tasks'
import type { Choose } from './seeded-choice'
import { TimerHeap, type TimerHeapItem } from './timer-heap'

/** An emulator's time. */
export interface EmulatorClock {
  /**
   * Milliseconds from some moment in the past; never goes back. While nothing has been stopped or replaced, it is
   * the same moment in all threads of the process. A clock that is stopped before anything has looked at it
   * stands at 0.
   */
  now(): Milliseconds
  /** Whether time stands still. */
  readonly stopped: boolean
  /**
   * Time stands still until the scope is disposed, and then goes on from where it stood. Meanwhile everything
   * still happens that takes no time; nothing keeps the process alive for what does. Whatever the test
   * framework's fake timers do, they move it no more. Scopes nest. A call that blocks JavaScript itself moves
   * the time as far as it lasts, and takes none of the machine's: nobody else could end it.
   */
  stop(): Disposable
  /**
   * Lets a stopped clock go on by so many milliseconds: timers fire in the order of their times, each at exactly
   * its own, and before the next one everything happens that it has made possible. Fulfils when all of that has
   * happened. Rejects with what such a timer's function throws, Error when the clock is not stopped or somebody
   * else moves it, TypeError or RangeError for anything but an integer from 0 to 4294967294.
   */
  advance(ms: Milliseconds): Promise<void>
  /** The same up to the next moment at which something is due; false when nothing ever is. */
  advanceToNext(): Promise<boolean>
  /** Takes time, and keeps the process alive for it, like a timeout of the machine. */
  delay(ms: Milliseconds): Promise<void>
  /** AbortSignal.timeout in this time: aborted with a TimeoutError; nothing waits for it. */
  timeout(ms: Milliseconds): AbortSignal
  /** How many timers are set: for calls that take their time, for delays, for what is tried again; not for signals. */
  readonly timers: number
}

interface TimerEntry extends TimerHeapItem {
  readonly fire: () => void
  /** Whether anybody waits for it. */
  readonly awaited: boolean
  /** What fires it while the clock goes with the machine's. */
  timer: Timer | undefined
}

/** So many things happen at one and the same moment only where they never end. */
const MOST_EVENTS_AT_ONE_MOMENT = 1_000_000

export class ControlledClock implements Clock, EmulatorClock {
  readonly #machine = new MachineClock(() => this.#rearm())
  readonly #timerHeap = new TimerHeap<TimerEntry>()
  #tasks = new ReadyTasks(false)
  #lastNumber = 0
  #awaitedTimers = 0
  #read = false
  /** Where it stands, when it does. */
  #stoppedAt: Milliseconds | undefined
  /** Of the machine's time, when it goes. */
  #offset: Milliseconds = 0
  #stopScopes = 0
  #movedBy: 'advance' | 'run' | undefined
  #firingScheduled = false
  /** What has happened since time last went on. */
  #eventsAtThisMoment = 0

  now(): Milliseconds {
    this.#read = true
    return this.#stoppedAt ?? this.#machine.now() + this.#offset
  }

  get stopped(): boolean {
    return this.#stoppedAt !== undefined
  }

  get timers(): number {
    return this.#awaitedTimers
  }

  /** Whether `emulator.run` moves it. */
  get running(): boolean {
    return this.#movedBy === 'run'
  }

  after(ms: Milliseconds, fire: () => void): Timer {
    return this.#setTimer(ms, fire, true)
  }

  soon(run: () => void, lane?: object): void {
    this.#tasks.push(run, lane)
    if (this.#movedBy !== 'run') this.#scheduleTurns(1)
  }

  block(ms: Milliseconds, wakeWord?: WakeWord): void {
    // What has no time of its own waits for another worker thread.
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
      const next = this.#timerHeap.first?.due ?? Number.POSITIVE_INFINITY
      if (next === Number.POSITIVE_INFINITY) return false
      await this.#advanceTo(next)
      return true
    })
  }

  async delay(ms: Milliseconds): Promise<void> {
    const span = validate.milliseconds('clock.delay', 'ms', ms)
    await new Promise<void>(resolve => this.after(span, resolve))
  }

  timeout(ms: Milliseconds): AbortSignal {
    const span = validate.milliseconds('clock.timeout', 'ms', ms)
    const controller = new AbortController()
    const abort = () =>
      controller.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'))
    this.#setTimer(span, abort, false)
    return controller.signal
  }

  /** Until the scope is disposed, nothing happens but in `step`. `laned`: one lane or another may be first. */
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
   * One thing happens that can happen: a task that is ready, a timer that is due, or, when there is none, the
   * next timer, whose time it then is. False when nothing is left.
   */
  step(choose: Choose): boolean {
    const { lanes } = this.#tasks
    const due = this.#timerHeap.dueBy(this.now())
    if (lanes + due.length > 0) {
      const choice = choose(lanes + due.length)
      const task = this.#tasks.take(choice)
      if (task) this.#carryOut(task.run)
      else this.#fire(due[choice - lanes])
      return true
    }
    const next = this.#timerHeap.first
    if (!next || next.due === Number.POSITIVE_INFINITY) return false
    this.#moveTo(next.due)
    return this.step(choose)
  }

  #setTimer(ms: Milliseconds, fire: () => void, awaited: boolean): Timer {
    const due = this.now() + Math.max(0, ms)
    const appointment: TimerEntry = {
      due,
      number: ++this.#lastNumber,
      place: 'nowhere',
      fire,
      awaited,
      timer: undefined,
    }
    this.#timerHeap.add(appointment)
    if (awaited) this.#awaitedTimers++
    if (this.#stoppedAt === undefined) this.#arm(appointment)
    else this.#fireDueTimers()
    return {
      cancel: () => {
        if (this.#removeTimer(appointment)) appointment.timer?.cancel()
      },
    }
  }

  #arm(appointment: TimerEntry): void {
    const fire = () => this.#fire(appointment)
    appointment.timer = this.#machine.after(appointment.due - this.now(), fire, appointment.awaited)
  }

  #rearm(): void {
    if (this.#stoppedAt !== undefined) return
    for (const appointment of this.#timerHeap.all) {
      appointment.timer?.cancel()
      this.#arm(appointment)
    }
    this.#scheduleTurns(this.#tasks.size)
  }

  #removeTimer(appointment: TimerEntry): boolean {
    const found = this.#timerHeap.delete(appointment)
    if (found && appointment.awaited) this.#awaitedTimers--
    return found
  }

  #fire(appointment: TimerEntry | undefined): void {
    if (!appointment || !this.#removeTimer(appointment)) return
    if (this.#stoppedAt !== undefined) this.#moveTo(Math.max(this.#stoppedAt, appointment.due))
    this.#carryOut(appointment.fire)
  }

  #freeze(): void {
    // Whole milliseconds, and 0 where that can be: what is reckoned from here is exact, and the same everywhere.
    this.#moveTo(this.#read ? Math.ceil(this.now()) : 0)
    for (const appointment of this.#timerHeap.all) {
      appointment.timer?.cancel()
      appointment.timer = undefined
    }
    // Those that wait for a turn may wait for one of fake timers.
    this.#scheduleTurns(this.#tasks.size)
    this.#fireDueTimers()
  }

  #resume(): void {
    this.#offset = this.now() - this.#machine.now()
    this.#stoppedAt = undefined
    for (const appointment of this.#timerHeap.all) this.#arm(appointment)
  }

  #moveTo(moment: Milliseconds): void {
    if (moment !== this.#stoppedAt) this.#eventsAtThisMoment = 0
    this.#stoppedAt = moment
  }

  #carryOut(what: () => void): void {
    if (this.#movedBy && ++this.#eventsAtThisMoment > MOST_EVENTS_AT_ONE_MOMENT)
      throw new Error(
        `the emulator: ${MOST_EVENTS_AT_ONE_MOMENT} things have happened at one moment, and there is no end: a loop that takes no time?`,
      )
    what()
  }

  /** The tasks get turns of the event loop, in each of which the first one of all runs. */
  #scheduleTurns(count: number): void {
    const turn = () => {
      if (this.#movedBy !== 'run') this.#tasks.take(0)?.run()
    }
    for (let i = 0; i < count; i++) {
      if (this.#stoppedAt === undefined) this.#machine.soon(turn)
      else laterTurn(turn)
    }
  }

  #sortIntoLanes(laned: boolean): void {
    const before = this.#tasks
    this.#tasks = new ReadyTasks(laned)
    for (let task = before.take(0); task; task = before.take(0)) this.#tasks.push(task.run, task.lane)
  }

  /** While nobody moves the time, what is due already happens by itself: it takes no time. */
  #fireDueTimers(): void {
    if (this.#firingScheduled || this.#stoppedAt === undefined || this.#movedBy) return
    if (this.#timerHeap.dueBy(this.#stoppedAt).length === 0) return
    this.#firingScheduled = true
    laterTurn(() => {
      this.#firingScheduled = false
      if (this.#stoppedAt === undefined || this.#movedBy) return
      try {
        this.#fire(this.#timerHeap.dueBy(this.#stoppedAt)[0])
      } finally {
        this.#fireDueTimers()
      }
    })
  }

  async #move<T>(where: string, move: () => Promise<T>): Promise<T> {
    if (this.#movedBy) throw alreadyMoved(where)
    if (this.#stoppedAt === undefined)
      throw new Error(`${where}: the clock is not stopped; only one that is can be moved: see clock.stop()`)
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
    for (let next = this.#timerHeap.first; next && next.due <= moment; next = this.#timerHeap.first) {
      this.#fire(next)
      await this.#settled()
    }
    // Beyond it where something has blocked.
    this.#moveTo(Math.max(this.now(), moment))
  }

  /** Everything has happened that takes no time. */
  async #settled(): Promise<void> {
    do await new Promise<void>(resolve => this.#carryOut(() => laterTurn(resolve)))
    while (this.#tasks.size > 0)
  }
}

const alreadyMoved = (where: string): Error =>
  new Error(
    `${where}: the time is being moved already: wait until that is over (what emulator.run runs takes time with clock.delay)`,
  )
