// The emulator's BindingServerProcess: the process of a local server, which is found by the object reference.
import type { BindingServerProcess, CallOutcome, HRESULT } from '../../../binding'
import { HResult } from '../../errors/hresult'
import type { Host } from '../apartments/host'

type EmulatedProcess = NonNullable<Host['process']>

class EmulatedServerProcess implements BindingServerProcess {
  readonly pid: number
  readonly found = 'object reference'
  #process: EmulatedProcess | undefined

  constructor(process: EmulatedProcess) {
    this.#process = process
    this.pid = process.id
  }

  terminate(): HRESULT {
    if (!this.#process) return HResult.RPC_E_DISCONNECTED
    this.#process.terminate()
    return HResult.S_OK
  }

  release(): void {
    this.#process = undefined
  }
}

/** The process of an object as the result of a 'server-process' operation. */
export const processOf = ({ alive, process }: Host): Pick<CallOutcome, 'process'> =>
  alive && process ? { process: new EmulatedServerProcess(process) } : {}
