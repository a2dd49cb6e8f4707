// A host process: a process of the package's own that makes objects of in-process classes for the program.
import type { Architecture, HostEnd } from '../../../binding'
import type { Host } from '../apartments/host'
import { EmulatedProcess } from '../apartments/process'
import { Target } from '../calls/target'
import type { Milliseconds, Timer } from '../clock/clock'
import type { Living } from '../objects/live-objects'
import type { System } from '../threads/system'

/** How long a closed process may take to end before it is terminated (H5). */
const CLOSE_TIMEOUT: Milliseconds = 5000

/** The exit code of a process that was terminated. */
const TERMINATED = 1

const TOO_LATE = 'it had not ended 5 seconds after it was closed, and was terminated'

/** The part of a process that is in another worker: the objects of the classes that are registered there. */
export interface HostPart {
  /** Releases its objects, and ends when the calls that it executes are over. */
  close(): void
  end(): void
}

export class HostProcess extends EmulatedProcess implements Living {
  readonly architecture: Architecture
  readonly #system: System
  /** The libraries that it has loaded. */
  readonly #hosts = new Set<Host>()
  readonly #whenEnded: (end: HostEnd) => void
  /** By the incarnations of their workers. */
  readonly #parts = new Map<number, HostPart>()
  #state: 'running' | 'closing' | 'ended' = 'running'
  #timer: Timer | undefined

  /** `id`: for a part of another worker's process. */
  constructor(system: System, architecture: Architecture, whenEnded: (end: HostEnd) => void, id?: number) {
    super(system, id)
    this.architecture = architecture
    this.#system = system
    this.#whenEnded = whenEnded
    system.live.processes.add(this)
  }

  /** Whether it makes objects: it was not closed and has not ended. */
  get running(): boolean {
    return this.#state === 'running'
  }

  get ended(): boolean {
    return this.#state === 'ended'
  }

  describe(): string {
    const libraries = [...this.#hosts].map(({ name, uses }) => `${name} (${uses})`)
    const state = this.#state === 'closing' ? 'closing' : 'not closed'
    return `host process ${this.id} (${this.architecture}), ${state}, with ${libraries.join('; ') || 'no objects'}`
  }

  /** A library was loaded into it. */
  add(host: Host): void {
    this.#hosts.add(host)
  }

  /** Does nothing for a worker that has a part of it already. */
  addPart(worker: number, part: HostPart): void {
    if (!this.#parts.has(worker)) this.#parts.set(worker, part)
  }

  /** Returns whether it has other parts. */
  partEnded(worker: number): boolean {
    if (this.#parts.delete(worker)) this.checkUse()
    return this.#parts.size > 0
  }

  /** No call to a library of the process runs; after `close` its objects are not counted. */
  checkUse(): void {
    if (this.#state !== 'closing' || this.#parts.size > 0) return
    if ([...this.#hosts].every(({ unused }) => unused)) this.#end('close', 0)
  }

  /** Releases its objects and ends when the calls that it executes are over. */
  close(): void {
    if (this.#state !== 'running') return
    this.#state = 'closing'
    const { live, clock } = this.#system
    this.#timer = clock.after(CLOSE_TIMEOUT, () => this.#end('close', TERMINATED, TOO_LATE))
    for (const part of this.#parts.values()) part.close()
    for (const host of this.#hosts) host.close()
    for (const object of [...live.objects])
      if (object instanceof Target && this.#hosts.has(object.host)) object.disconnect()
    clock.soon(() => this.checkUse())
  }

  /** Ends at once. */
  terminate(): void {
    this.#end('terminate', TERMINATED)
  }

  /** Ends by itself: an exception that nothing handles, or ExitProcess. */
  exit(exitCode: number): void {
    this.#end('itself', exitCode)
  }

  #end(by: HostEnd['by'], exitCode: number, message = ''): void {
    if (this.#state === 'ended') return
    this.#state = 'ended'
    this.#timer?.cancel()
    this.#system.live.processes.delete(this)
    for (const part of this.#parts.values()) part.end()
    for (const host of this.#hosts) host.end()
    this.endThreads()
    this.#whenEnded({ exitCode, by, message })
  }
}
