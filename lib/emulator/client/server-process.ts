// The emulator's BindingServerProcess: the process of a local server, which is found by the object reference.
import type { BindingServerProcess, CallOutcome, HRESULT } from '../../../binding'
import { HResult } from '../../errors/hresult'
import type { Host } from '../apartments/host'

class EmulatedServerProcess implements BindingServerProcess {
  readonly pid: number
  readonly found = 'object reference'
  #host: Host | undefined

  constructor(host: Host, pid: number) {
    this.#host = host
    this.pid = pid
  }

  terminate(): HRESULT {
    if (!this.#host) return HResult.RPC_E_DISCONNECTED
    this.#host.terminate()
    return HResult.S_OK
  }

  release(): void {
    this.#host = undefined
  }
}

/** The process of an object as the result of a 'server-process' operation. */
export const processOf = (host: Host): Pick<CallOutcome, 'process'> =>
  host.alive && host.pid !== undefined ? { process: new EmulatedServerProcess(host, host.pid) } : {}
