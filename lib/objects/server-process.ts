// The class ComServerProcess: the process that runs the server of an object.
import type { HRESULT } from '../../binding'
import type { CallLimits } from '../calls/call-limits'
import type { HeldPointer } from '../calls/held-pointer'
import { type HostProcess, refuseAborted } from '../calls/host-process'
import { refuseGone, runOperation } from '../calls/invoke'
import { succeeded } from '../errors/call-error'
import { ComError } from '../errors/errors'
import { failed, HResult } from '../errors/hresult'
import { braces, giveIdentity, noJson } from './inspect'

/** A process as it is found: a binding's, or a host process. */
export interface FoundProcess {
  readonly pid: number
  readonly found: 'host' | 'window' | 'object reference'
  terminate(): HRESULT
  release(): void
}

const REFUSALS: Readonly<Record<number, string>> = {
  [HResult.E_ACCESSDENIED]:
    'the system does not let this program end the process, which may run elevated or as another user',
  [HResult.RPC_E_DISCONNECTED]: 'the ComServerProcess was released',
}

/**
 * The process that runs the server of an object: `object.serverProcess()`. It is kept open from then on, so that its
 * id stands for no other process. Release it with `using` or `release`; one that is garbage-collected is released as
 * well. Use it on the JavaScript thread that got it.
 *
 * @example
 * using server = await excel.serverProcess()
 * server?.terminate()
 */
export class ComServerProcess {
  /** The process id. */
  readonly id: number
  /**
   * How the process was found: as the object's host process, by a window that the server offers, or by the object
   * reference.
   */
  readonly found: 'host' | 'window' | 'object reference'
  readonly #process: FoundProcess

  private constructor(process: FoundProcess) {
    this.#process = process
    this.id = process.pid
    this.found = process.found
    giveIdentity(this, 'ComServerProcess', 'let the other thread find it itself', () =>
      braces('ComServerProcess', [String(this.id), `found by ${this.found}`]),
    )
  }

  /** @internal Made by `object.serverProcess`. */
  static make(process: FoundProcess): ComServerProcess {
    return new ComServerProcess(process)
  }

  /**
   * Ends the process at once (TerminateProcess), with all objects in it, also those of other programs, and without
   * saving anything. Does nothing when it has ended. Pending calls to it then fail with RPC_E_SERVER_DIED or
   * RPC_S_CALL_FAILED, later ones with RPC_S_SERVER_UNAVAILABLE, RPC_E_SERVER_DIED or RPC_E_DISCONNECTED.
   *
   * @throws ComError E_ACCESSDENIED when the system does not let this process end that one, such as a server that
   * runs elevated or as another user; RPC_E_DISCONNECTED after `release`.
   */
  terminate(): void {
    const hr = this.#process.terminate()
    if (failed(hr)) throw new ComError(hr, 'ComServerProcess.terminate', REFUSALS[hr])
  }

  /** Closes the process, which runs on. A second call does nothing. */
  release(): void {
    this.#process.release()
  }

  /** The same as `release`. */
  [Symbol.dispose](): void {
    this.release()
  }

  /** Throws TypeError. */
  toJSON(): never {
    throw noJson('a ComServerProcess has no JSON form', 'its id is a number')
  }
}

/** A host process, which the package keeps open itself. */
const ofHost = (host: HostProcess): FoundProcess => ({
  pid: host.handle.pid,
  found: 'host',
  terminate: () => host.end('terminate'),
  release: () => {},
})

/** Implements ComObject.serverProcess. */
export const findServerProcess = async (
  held: HeldPointer,
  where: string,
  limits: CallLimits,
): Promise<ComServerProcess | undefined> => {
  refuseGone(held, where)
  refuseAborted(where, limits.signals)
  if (held.host) return ComServerProcess.make(ofHost(held.host))
  const outcome = await runOperation(
    held,
    { kind: 'server-process' },
    { where, limits, discard: ({ process }) => process?.release() },
  )
  const { process } = succeeded(where, outcome)
  return process && ComServerProcess.make(process)
}
