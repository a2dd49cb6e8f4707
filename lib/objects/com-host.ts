// The class ComHost: a host process for objects of in-process classes.
import type { Architecture, Binding, HostEnd } from '../../binding'
import { HostProcess, type HostSettings, refuseAborted, startedUnlessAborted } from '../calls/host-process'
import { aliveUntil } from '../calls/keep-alive'
import { ComError } from '../errors/errors'
import { failed } from '../errors/hresult'
import * as validate from '../errors/validate'
import { defaultBinding } from '../functions/default-binding'
import { braces, giveIdentity, noJson } from './inspect'

/** How a host process ended. */
export type ComHostExit = Readonly<HostEnd>

/** The process in which objects are made, and when a call terminates it. */
export interface IsolationOptions {
  /**
   * The processor that the process is built for: 'x64', 'ia32' (32-bit libraries) or 'arm64'. Default: that of the
   * program; where the class is registered for others only, one of them.
   */
  architecture?: Architecture | undefined
  /**
   * Milliseconds from the cancel of a call after which the process is terminated if the call has not returned (H3):
   * an integer from 0 to 2147483647, or Infinity for never. Default 5000, for `ComHost.start` Infinity.
   */
  terminateAfter?: number | undefined
}

export interface ComHostOptions extends IsolationOptions {
  /** Cancels the start. */
  signal?: AbortSignal | undefined
  /** The binding that starts the process. Default: that of `emulator.use`, else the one that the package loaded. */
  binding?: Binding | undefined
}

const isolationOptions: validate.Keys<IsolationOptions> = { architecture: true, terminateAfter: true }
const hostOptions: validate.Keys<ComHostOptions> = { ...isolationOptions, signal: true, binding: true }

/** The settings of a process; without `architecture` if it depends on the class. */
export type Isolation = Omit<HostSettings, 'architecture'> & { architecture: Architecture | undefined }

const settingsOf = (
  where: string,
  what: string,
  { architecture, terminateAfter }: Partial<IsolationOptions>,
  defaultAfter: number,
): Isolation => ({
  architecture:
    architecture === undefined
      ? undefined
      : validate.oneOf(where, `${what}.architecture`, architecture, ['x64', 'ia32', 'arm64'] as const),
  terminateAfter: validate.limit(where, `${what}.terminateAfter`, terminateAfter ?? defaultAfter, 0),
})

const DEFAULT_AFTER = 5000

/** The option `isolated`. Throws TypeError or RangeError. */
export const isolationOf = (where: string, isolated: unknown): Isolation | undefined => {
  if (isolated === undefined || isolated === false) return undefined
  const what = 'options.isolated'
  if (isolated !== true && (typeof isolated !== 'object' || isolated === null))
    throw validate.wrongType(where, what, 'a boolean or an object', isolated)
  const options = isolated === true ? {} : validate.options(where, isolated, isolationOptions, what)
  return settingsOf(where, what, options, DEFAULT_AFTER)
}

const processes = new WeakMap<object, HostProcess>()
const hosts = new WeakMap<HostProcess, ComHost>()

/** The process of a ComHost; undefined for another value. */
export const hostProcessOf = (host: object): HostProcess | undefined => processes.get(host)

/**
 * A host process: a process of its own for objects of in-process classes (libraries). Their calls go through a proxy,
 * so that each can be canceled, and the process can be ended; a crash ends the host and not the program; and a 64-bit
 * program can use a 32-bit library (H1, H4).
 *
 * `thread.createObject(progId, { host })` makes an object in it. Several threads can use it. It ends with the program,
 * however that ends (H5), by `close`, by `terminate`, and when it is garbage-collected with all its objects. It does
 * not keep the program alive; `start` and `close` do until they have settled. Use it on the JavaScript thread that
 * started it.
 *
 * @example
 * await using host = await ComHost.start({ architecture: 'ia32' })
 * const recordset = await thread.createObject('ADODB.Recordset', { host })
 */
export class ComHost {
  readonly #process: HostProcess
  #closed: Promise<void> | undefined

  private constructor(process: HostProcess) {
    this.#process = process
    processes.set(this, process)
    giveIdentity(this, 'ComHost', 'let the other thread start its own', () =>
      braces('ComHost', [process.text, process.handle.architecture]),
    )
  }

  /** @internal The one ComHost of a process. */
  static of(process: HostProcess): ComHost {
    const host = hosts.get(process) ?? new ComHost(process)
    hosts.set(process, host)
    return host
  }

  /**
   * Starts a host process.
   *
   * @param options Its architecture, when a call terminates it, and the signal that cancels the start.
   * @throws ComError that says what is missing when the process cannot be started (H7); ComAbortError when the signal
   * is aborted; TypeError or RangeError for bad options.
   * @example
   * await using host = await ComHost.start({ terminateAfter: 5_000 })
   */
  static async start(options?: ComHostOptions): Promise<ComHost> {
    const where = 'ComHost.start'
    const checked = validate.options<ComHostOptions>(where, options, hostOptions)
    const { binding = defaultBinding() } = checked
    const { architecture = binding.info.architecture, terminateAfter } = settingsOf(
      where,
      'options',
      checked,
      Number.POSITIVE_INFINITY,
    )
    const signal = validate.signal(where, checked.signal)
    const signals = signal ? [signal] : []
    refuseAborted(where, signals)
    const started = HostProcess.start(binding, where, { architecture, terminateAfter })
    try {
      return ComHost.of(await startedUnlessAborted(where, started, signals))
    } catch (error) {
      started.then(
        process => process.end('terminate'),
        () => {},
      )
      throw error
    }
  }

  /** The id of the process. */
  get pid(): number {
    return this.#process.handle.pid
  }

  /** The processor that the process is built for. */
  get architecture(): Architecture {
    return this.#process.handle.architecture
  }

  /**
   * Resolves with how the process ended: its exit code, and whether `close` or `terminate` ended it, or it ended itself
   * (H4). Never rejects. Waiting for it does not keep the program alive.
   */
  get exited(): Promise<ComHostExit> {
    return this.#process.exited
  }

  /**
   * Ends the process at once. Pending calls of its objects fail with RPC_S_CALL_FAILED, RPC_E_SERVER_DIED or
   * RPC_S_SERVER_UNAVAILABLE, later ones with RPC_E_DISCONNECTED (H4). Does nothing after its end.
   *
   * @throws ComError with the code of TerminateProcess.
   */
  terminate(): void {
    const hresult = this.#process.end('terminate')
    if (failed(hresult)) throw new ComError(hresult, 'ComHost.terminate')
  }

  /**
   * Lets the process release its objects and end; it is terminated if it has not ended within 5 seconds (H5). Its
   * objects take no more calls. Resolves when it has ended. A second call only waits.
   */
  close(): Promise<void> {
    if (!this.#closed) {
      this.#process.end('close')
      this.#closed = aliveUntil(this.exited.then(() => {}))
    }
    return this.#closed
  }

  /** The same as `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Throws TypeError. */
  toJSON(): never {
    throw noJson('a ComHost has no JSON form', 'host.pid is the id of its process')
  }
}
