// A host: the process that objects live in, and the calls in flight to them.
import type { HRESULT } from '../../../binding'
import { HResult } from '../../errors/hresult'
import type { Timer } from '../clock/clock'
import { quantity } from '../objects/live-objects'
import type { Faults } from './faults'
import type { EmulatedApartment } from './thread-stack'

/** The apartment and process that execute a call. */
export interface Place {
  readonly apartment: EmulatedApartment
  readonly host: Host
}

export interface HostCallbacks {
  /** No object is left, and no call runs; after `close`: no call runs. */
  whenUnused?: (() => void) | undefined
  /** Its threads end. */
  whenEnded?: (() => void) | undefined
}

/** The uses that keep a server's process running: its objects, calls in flight to them, and methods from delivery to end. */
type Use = 'object' | 'call' | 'method'

export class Host {
  /** The server's ProgID, 'program' for the program itself, or 'worker 2' for another worker. */
  readonly name: string
  readonly faults: Faults
  /** The number of the worker that it is in, where that is another one. */
  readonly worker: number | undefined
  /** Its process, where a client can end that: one of this machine that is not the program's. */
  process: { readonly id: number; terminate(): void } | undefined
  /** Marshaled calls whose callers wait. */
  readonly calls = new Set<{ serverDied(): void }>()
  /** The server's references on objects of others; the end of the server releases them. */
  readonly references = new Set<{ release(): void }>()
  /** The timers of its methods; the end of the server cancels them. */
  readonly timers = new Set<Timer>()
  readonly #callbacks: HostCallbacks
  #state: 'running' | 'closing' | 'ended' = 'running'
  readonly #uses: Record<Use, number> = { object: 0, call: 0, method: 0 }

  constructor(name: string, faults: Faults, callbacks: HostCallbacks = {}, worker?: number) {
    this.name = name
    this.worker = worker
    this.faults = faults
    this.#callbacks = callbacks
  }

  get alive(): boolean {
    return this.#state !== 'ended'
  }

  /** Why it takes no calls; null while it does. */
  get refusal(): HRESULT | null {
    if (this.#state === 'running') return null
    return this.alive ? HResult.RPC_E_DISCONNECTED : HResult.RPC_S_SERVER_UNAVAILABLE
  }

  /** Whether nothing keeps it running. */
  get unused(): boolean {
    const { object, call, method } = this.#uses
    return call + method + (this.#state === 'running' ? object : 0) === 0
  }

  /** Its uses, as a leak check lists them. */
  get uses(): string {
    const { object, call, method } = this.#uses
    const keeps = quantity(this.references.size, 'object')
    return `used by ${quantity(object, 'object')}, ${quantity(call, 'call')} and ${quantity(method, 'method')}, and keeping ${keeps} of others`
  }

  use(by: Use): void {
    this.#uses[by]++
  }

  unuse(by: Use): void {
    this.#uses[by]--
    if (this.alive && this.unused) this.#callbacks.whenUnused?.()
  }

  /** It takes no new calls from now on, and its objects no longer keep it running. */
  close(): void {
    if (this.#state === 'running') this.#state = 'closing'
  }

  /** Ends the process: pending calls fail, and its references are released. */
  end(): void {
    if (!this.alive) return
    this.#state = 'ended'
    for (const call of [...this.calls]) call.serverDied()
    for (const each of [...this.references]) each.release()
    for (const timer of this.timers) timer.cancel()
    this.timers.clear()
    this.#callbacks.whenEnded?.()
  }
}
