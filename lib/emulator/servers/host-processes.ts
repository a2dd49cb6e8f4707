// The host processes of one emulator, and the faults of their start that a test can switch on.
import type { Architecture, HostEnd, HRESULT } from '../../../binding'
import { failed, HResult } from '../../errors/hresult'
import * as validate from '../../errors/validate'
import type { Milliseconds, Timer } from '../clock/clock'
import type { System } from '../threads/system'
import { allArchitectures, OWN_ARCHITECTURE } from './class-definition'
import { HostProcess } from './host-process'

/** The time after which a start fails: the process has not reported that it runs. */
const START_TIMEOUT: Milliseconds = 30_000

/** HRESULT_FROM_WIN32 of ERROR_EXE_MACHINE_TYPE_MISMATCH: a program for another processor. */
const WRONG_MACHINE: HRESULT = 0x800700d8 | 0

/** HRESULT_FROM_WIN32 of ERROR_TIMEOUT. */
const TIMED_OUT: HRESULT = 0x800705b4 | 0

export interface StartFailure {
  hresult: HRESULT
  detail: string
}

/** A host process that runs. */
export interface RunningHost {
  readonly pid: number
  readonly architecture: Architecture
}

/** The host processes (`ComHost`) of an emulator. Each switch can be set at any time. */
export class HostProcesses {
  readonly #system: System
  readonly #running = new Set<HostProcess>()
  readonly #starting = new Set<() => void>()
  #architectures: readonly Architecture[] = [OWN_ARCHITECTURE, 'ia32']
  #latency: Milliseconds = 0
  #neverStart = false
  #refusal: StartFailure | undefined

  private constructor(system: System) {
    this.#system = system
  }

  /** @internal */
  static make(system: System): HostProcesses {
    return new HostProcesses(system)
  }

  /** Those that run, in the order of their starts. */
  get running(): RunningHost[] {
    return [...this.#running].map(({ id: pid, architecture }) => ({ pid, architecture }))
  }

  /**
   * The architectures of the host processes that can be started. Default: 'x64' and 'ia32', as on Windows for x64. The
   * start of another one fails with 0x800700D8 (ERROR_EXE_MACHINE_TYPE_MISMATCH).
   */
  get architectures(): readonly Architecture[] {
    return this.#architectures
  }

  set architectures(list: readonly Architecture[]) {
    const where = 'Emulator.hosts'
    this.#architectures = validate
      .list(where, 'architectures', list)
      .map(each => validate.oneOf(where, 'architectures', each as Architecture, allArchitectures))
  }

  /** The milliseconds that each start takes. */
  get latency(): Milliseconds {
    return this.#latency
  }

  set latency(ms: Milliseconds) {
    this.#latency = validate.milliseconds('Emulator.hosts', 'latency', ms)
  }

  /**
   * While this is on, a host process that is started does not report that it has started. The start
   * fails with 0x800705B4 (ERROR_TIMEOUT) after 30 seconds.
   */
  get neverStart(): boolean {
    return this.#neverStart
  }

  set neverStart(on: boolean) {
    this.#neverStart = validate.boolean('Emulator.hosts', 'neverStart', on)
    if (on) return
    for (const start of [...this.#starting]) start()
  }

  /**
   * Until the result is disposed, no host process can be started, as where a policy forbids child processes: a start
   * fails with `hresult` and the text. Default: E_ACCESSDENIED. Throws TypeError or RangeError for an empty text, and for
   * an HRESULT that is no failure.
   */
  refuse(detail: string, hresult: HRESULT = HResult.E_ACCESSDENIED): Disposable {
    const where = 'Emulator.hosts.refuse'
    const refusal = {
      hresult: validate.hresult(where, 'hresult', hresult),
      detail: validate.name(where, 'detail', detail),
    }
    if (!failed(refusal.hresult))
      throw new RangeError(`${where}: hresult must be the HRESULT of a failure, got ${hresult}`)
    this.#refusal = refusal
    return {
      [Symbol.dispose]: () => {
        if (this.#refusal === refusal) this.#refusal = undefined
      },
    }
  }

  /** @internal Starts a process. Calls `done` once, in a later turn, and `ended` once for a process that has started. */
  start(
    architecture: Architecture,
    done: (started: HostProcess | StartFailure) => void,
    ended: (end: HostEnd) => void,
  ): void {
    const { clock } = this.#system
    const start = () => {
      const failure = this.#failureOf(architecture)
      if (failure) done(failure)
      else this.#whenReported(late => done(late ?? this.#started(architecture, ended)))
    }
    if (this.#latency > 0) clock.after(this.#latency, start)
    else clock.soon(start)
  }

  #failureOf(architecture: Architecture): StartFailure | undefined {
    if (this.#refusal) return this.#refusal
    if (this.#architectures.includes(architecture)) return undefined
    const detail = `this machine does not run programs for ${architecture}`
    return { hresult: WRONG_MACHINE, detail }
  }

  /** Calls `report` when the process has started; with a failure when it takes too long. */
  #whenReported(report: (failure?: StartFailure) => void): void {
    if (!this.#neverStart) {
      report()
      return
    }
    let timer: Timer | undefined
    const start = (failure?: StartFailure) => {
      timer?.cancel()
      this.#starting.delete(start)
      report(failure)
    }
    this.#starting.add(start)
    timer = this.#system.clock.after(START_TIMEOUT, () =>
      start({
        hresult: TIMED_OUT,
        detail: `the host process did not report within ${START_TIMEOUT / 1000} seconds that it has started`,
      }),
    )
  }

  #started(architecture: Architecture, ended: (end: HostEnd) => void): HostProcess {
    const process = new HostProcess(this.#system, architecture, end => {
      this.#running.delete(process)
      ended(end)
    })
    this.#running.add(process)
    return process
  }
}
