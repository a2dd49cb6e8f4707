// A watchdog of a thread: cancels the calls that keep the event loop silent (W3).
import * as timers from 'node:timers'
import type { WatchdogOptions } from '../../../binding'
import { HResult } from '../../errors/hresult'
import type { Milliseconds } from '../clock/clock'
import type { Living } from '../objects/live-objects'
import type { PoolWork } from '../threads/pool'
import type { System } from '../threads/system'
import type { Thread } from '../threads/thread'
import { cancelFromPool } from './call-timeout'

// Taken before a test installs fake timers: a loop that spins is silent in the machine's time.
const { setInterval, clearInterval } = timers
const machineNow = performance.now.bind(performance)

/** The answers of calls that are over, or were canceled before. */
const harmless: readonly number[] = [
  HResult.S_OK,
  HResult.E_NOINTERFACE,
  HResult.RPC_E_CALL_CANCELED,
  HResult.RPC_E_CALL_COMPLETE,
]

/**
 * The event loop is silent while JavaScript sleeps in a call, in the emulator's time, and while it spins, in the
 * machine's. Only a call can be canceled, so what spins is noticed when it is over.
 */
export class Watchdog implements PoolWork, Living {
  place: Living['place']
  due: Milliseconds = Number.POSITIVE_INFINITY
  readonly #system: System
  readonly #thread: Thread
  readonly #options: WatchdogOptions
  readonly #heart: NodeJS.Timeout
  #suspended = false
  /** When the event loop was last known to run. */
  #alive: { clock: Milliseconds; machine: Milliseconds }
  #canceled = 0
  #refused: number = HResult.S_OK
  #noticed = false
  #stack: string | undefined

  constructor(system: System, options: WatchdogOptions) {
    this.#system = system
    this.#thread = system.threads.current
    this.#options = options
    this.#alive = this.#now()
    this.#heart = setInterval(() => this.#heartbeat(), Math.ceil(options.threshold / 2)).unref()
    system.pool.add(this)
    system.live.watches.add(this)
  }

  describe(): string {
    return `a watchdog of thread ${this.#thread.id}, not disposed`
  }

  suspend(on: boolean): void {
    this.#suspended = on
    this.#reset()
  }

  stop(): void {
    clearInterval(this.#heart)
    this.suspend(true)
    this.#system.pool.delete(this)
    this.#system.live.watches.delete(this)
  }

  sleeps(): void {
    if (this.#suspended || this.due < Number.POSITIVE_INFINITY || this.#options.held()) return
    this.#alive = this.#now()
    this.due = this.#alive.clock + this.#options.threshold
    this.#system.post(this.#thread, () => this.#beat())
  }

  run(): void {
    this.due = this.#system.clock.now() + this.#options.interval
    this.#noticed = true
    cancelFromPool(this.#system, this.#thread.id, hresult => {
      if (hresult === HResult.S_OK) {
        this.#canceled++
        this.#stack ??= stackBelow(this.#system.sleepUntil)
      } else if (!harmless.includes(hresult)) this.#refused = hresult
    })
  }

  /** The event loop runs again after a sleep. */
  #beat(): void {
    this.#recovered(this.#noticed || this.#spun)
  }

  /** The end of a sleep has a turn of its own, whose order does not depend on the machine. */
  #heartbeat(): void {
    if (this.due === Number.POSITIVE_INFINITY) this.#recovered(this.#spun)
  }

  /** Whether JavaScript was busy for so long, while the clock was the machine's. */
  get #spun(): boolean {
    const { clock, machine } = this.#now()
    const silent = Math.min(clock - this.#alive.clock, machine - this.#alive.machine)
    return silent >= this.#options.threshold && !this.#system.clock.stopped
  }

  #recovered(frozen: boolean): void {
    const freeze = {
      lasted: this.#system.clock.now() - this.#alive.clock,
      canceled: this.#canceled,
      refused: this.#refused,
      ...(this.#stack === undefined ? {} : { stack: this.#stack }),
    }
    this.#reset()
    if (frozen && !this.#suspended && !this.#options.held()) this.#options.recovered(freeze)
  }

  #reset(): void {
    this.due = Number.POSITIVE_INFINITY
    this.#alive = this.#now()
    this.#canceled = 0
    this.#noticed = false
    this.#refused = HResult.S_OK
    this.#stack = undefined
  }

  #now() {
    return { clock: this.#system.clock.now(), machine: machineNow() }
  }
}

/** The JavaScript stack below a function that is being called. */
const stackBelow = (called: (...args: never[]) => unknown): string | undefined => {
  const holder: { stack?: string } = {}
  Error.captureStackTrace(holder, called)
  return holder.stack?.replace(/^.*\n/, '')
}
