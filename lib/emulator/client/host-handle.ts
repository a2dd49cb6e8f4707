// The emulator's BindingHosts: the program's handles to host processes.
import type { Architecture, BindingHost, HostEnd, HostStart, HRESULT } from '../../../binding'
import { HResult } from '../../errors/hresult'
import { HostProcess } from '../servers/host-process'
import type { Com } from './com'

const collectedHosts = new FinalizationRegistry<HostProcess>(process => process.close())

export class HostHandle implements BindingHost {
  readonly pid: number
  readonly architecture: Architecture
  readonly #process: HostProcess

  constructor(process: HostProcess) {
    this.pid = process.id
    this.architecture = process.architecture
    this.#process = process
    collectedHosts.register(this, process)
  }

  /** Throws TypeError for a host of another binding. */
  static processOf(host: BindingHost): HostProcess {
    if (host instanceof HostHandle) return host.#process
    throw new TypeError('expected a host made by this binding')
  }

  terminate(): HRESULT {
    this.#process.terminate()
    return HResult.S_OK
  }

  close(): void {
    this.#process.close()
  }
}

export const startHost = (
  { system, hosts }: Com,
  architecture: Architecture,
  done: (start: HostStart) => void,
  ended: (end: HostEnd) => void,
): void => {
  const caller = system.threads.current
  hosts.start(
    architecture,
    started =>
      system.post(caller, () =>
        done(
          started instanceof HostProcess
            ? { hresult: HResult.S_OK, host: new HostHandle(started), detail: '' }
            : { ...started, host: null },
        ),
      ),
    end => system.post(caller, () => ended(end)),
  )
}
