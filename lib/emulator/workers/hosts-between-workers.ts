// Host processes whose classes are registered in several workers. The worker that started a process has the process;
// each other worker whose classes it has loaded has a part of it, with the objects of those classes.
import { HostProcess } from '../servers/host-process'
import type { System } from '../threads/system'
import type { WireHost, WorkerCallMessages } from './call-messages'
import type { MessageSender, Peer } from './messages'

export class HostsBetweenWorkers {
  readonly #system: System
  readonly #channel: MessageSender<WorkerCallMessages>
  /** The processes of this worker that have parts. */
  readonly #own = new Map<number, HostProcess>()
  /** The parts of other workers' processes. */
  readonly #parts = new Map<number, { owner: Peer; part: HostProcess }>()

  constructor(system: System, channel: MessageSender<WorkerCallMessages>) {
    this.#system = system
    this.#channel = channel
    channel.on('host', ({ pid, does }) => {
      const part = this.#parts.get(pid)?.part
      if (does === 'close') part?.close()
      else part?.terminate()
    })
    channel.on('host-part', ({ pid, exitCode }, from) => {
      if (exitCode === null) this.#partEnded(pid, from)
      else this.#own.get(pid)?.exit(exitCode)
    })
  }

  /** A process of this worker, for the worker whose class it is to load. */
  wireFor(process: HostProcess, peer: Peer): WireHost {
    const { id: pid, architecture } = process
    this.#own.set(pid, process)
    process.addPart(peer.incarnation, {
      close: () => this.#channel.send(peer, 'host', { pid, does: 'close' }),
      end: () => {
        this.#own.delete(pid)
        this.#channel.send(peer, 'host', { pid, does: 'end' })
      },
    })
    return { pid, architecture }
  }

  /** The part of another worker's process that is in this worker. */
  partOf({ pid, architecture }: WireHost, owner: Peer): HostProcess {
    const known = this.#parts.get(pid)
    if (known) return known.part
    const part = new HostProcess(
      this.#system,
      architecture,
      ({ by, exitCode }) => {
        this.#parts.delete(pid)
        // The end of the process itself came from its owner.
        if (by !== 'terminate')
          this.#channel.send(owner, 'host-part', { pid, exitCode: by === 'itself' ? exitCode : null })
      },
      pid,
    )
    this.#parts.set(pid, { owner, part })
    return part
  }

  /** A worker has ended, with its processes and the parts of others. */
  reclaim(peer: Peer): void {
    for (const pid of [...this.#own.keys()]) this.#partEnded(pid, peer)
    for (const { owner, part } of [...this.#parts.values()])
      if (owner.incarnation === peer.incarnation) part.terminate()
  }

  #partEnded(pid: number, { incarnation }: Peer): void {
    if (this.#own.get(pid)?.partEnded(incarnation) === false) this.#own.delete(pid)
  }
}
