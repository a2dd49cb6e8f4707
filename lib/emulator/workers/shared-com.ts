// The emulators of a process's worker threads as one COM: what this worker's emulator shares with the others.
import type { ThreadId } from '../../../binding'
import type { Com } from '../client/com'
import type { Clock, WakeWord } from '../clock/clock'
import type { CountedObject } from '../objects/counted-object'
import { type LiveCounts, LiveObjects } from '../objects/live-objects'
import type { SharedThread } from '../objects/shared-state'
import type { ForeignClass, ForeignClasses, Servers } from '../servers/foreign-classes'
import type { Sharing } from '../threads/sharing'
import type { WorkerCallMessages } from './call-messages'
import type { SharedCallMessages } from './call-slots'
import { CallsBetweenWorkers } from './calls-between-workers'
import { ForeignCancelObject } from './foreign-cancel-object'
import type { Sizes } from './layout'
import { type Peer, WorkerChannel } from './messages'
import { SharedCalls } from './shared-calls'
import {
  handToNextWorker,
  inheritedMemory,
  isHandedToWorkers,
  newMemory,
  type SharedMemory,
} from './shared-memory'
import { SharedNames } from './shared-names'
import { SharedThreads } from './shared-threads'
import { type WorkerObserver, watchWorkerExits } from './worker-exits'
import { WorkerSlot } from './worker-slot'

type SharedComMessages = SharedCallMessages &
  WorkerCallMessages & {
    /** A worker has ended. */
    ended: Peer
  }

/** How many slots of each kind are in use, and how many there are. */
export type Usage = { readonly [What in keyof Sizes]: { readonly used: number; readonly size: number } }

export class SharedCom implements Sharing, WorkerObserver {
  readonly live: LiveObjects
  readonly #memory: SharedMemory
  readonly #slot: WorkerSlot
  readonly #channel: WorkerChannel<SharedComMessages>
  readonly #sharedCalls: SharedCalls
  readonly #sharedThreads: SharedThreads
  readonly #sharedNames: SharedNames
  /** The number of the child that this worker starts next. */
  #nextChild = 1
  #livingChildren = 0
  #clock: Clock | undefined
  #calls: CallsBetweenWorkers | undefined

  /** Throws Error when all worker slots are in use. */
  constructor(memory: SharedMemory) {
    this.#memory = memory
    const slot = new WorkerSlot(memory)
    this.#slot = slot
    this.live = new LiveObjects(slot.counts)
    this.#channel = new WorkerChannel(memory.channel, slot)
    this.#sharedCalls = new SharedCalls(slot, this.#channel)
    this.#sharedThreads = new SharedThreads(slot, options => this.#sharedCalls.newState(options))
    this.#sharedNames = new SharedNames(slot)
    this.#channel.on('ended', peer => this.#reclaim(peer))
    if (memory.parent !== 0) this.#channel.open()
    watchWorkerExits(this)
    handToNextWorker(memory, slot.number, this.#nextChild)
    // When the worker that made the memory ends, all others end too.
    if (memory.parent !== 0) process.once('exit', () => this.#end())
  }

  get usage(): Usage {
    const { sizes } = this.#memory.layout
    return {
      workers: { used: this.#slot.workers, size: sizes.workers },
      threads: { used: this.#sharedThreads.used, size: sizes.threads },
      calls: { used: this.#sharedCalls.used, size: sizes.calls },
      names: { used: this.#sharedNames.used, size: sizes.names },
    }
  }

  /** Connects the shared emulator of this worker. Called once. */
  connect(com: Com): ForeignClasses {
    const calls = new CallsBetweenWorkers(com, this.#channel, peer => this.#slot.isAlive(peer))
    this.#calls = calls
    this.#clock = com.system.clock
    const foreignClass = ({ owner, servers }: { owner: number; servers: Servers }) => {
      const peer = this.#slot.peer(owner)
      const found: ForeignClass | undefined = peer && {
        servers,
        request: (activation, client) => calls.activation(peer, activation, client),
        hosted: (process, apartment, name) => calls.hostedActivation(peer, process, apartment, name),
      }
      return found
    }
    return {
      publish: (where, kind, name, servers) => this.#sharedNames.add(where, kind, name, servers),
      class: name => {
        const found = this.#sharedNames.classOf(name)
        return found && foreignClass(found)
      },
      moniker: name => {
        const found = this.#sharedNames.ownerOfMoniker(name)
        const foreign = found && foreignClass(found)
        return foreign && { ...foreign, prefix: found.prefix }
      },
    }
  }

  // Sharing

  get total(): Readonly<LiveCounts> {
    return this.#slot.totalCounts
  }

  get wakeWord(): WakeWord {
    return this.#slot.wakeWord
  }

  get blocks(): number {
    return this.#slot.blocks
  }

  block(by: 1 | -1): void {
    this.#slot.block(by)
  }

  settleSecurity(): boolean {
    return this.#slot.settleSecurity()
  }

  newThread(): SharedThread | null {
    return this.#sharedThreads.newThread()
  }

  cancelObjectOf(id: ThreadId): CountedObject | undefined {
    for (;;) {
      const top = this.#sharedThreads.topOf(id)
      if (top === 0 || !this.#clock) return undefined
      // The slot may have been freed and given to another thread's object meanwhile.
      const held = this.#sharedCalls.hold(top, () => this.#sharedThreads.topOf(id) === top)
      if (held) return new ForeignCancelObject(this.live, this.#clock, held)
    }
  }

  // WorkerObserver

  /** The child takes the number that was handed to it. Undefined for one that does not inherit this memory. */
  started(): number | undefined {
    if (!isHandedToWorkers(this.#memory)) return undefined
    this.#channel.open()
    this.#livingChildren++
    handToNextWorker(this.#memory, this.#slot.number, this.#nextChild + 1)
    return this.#nextChild++
  }

  /** Reclaims what the child and its children held. One of them may have ended in the middle of this very method. */
  ended(node: number, child: number): void {
    for (const peer of this.#slot.workerTree(node, child)) {
      this.#slot.markEnded(peer)
      this.#sharedThreads.reclaim(peer.number)
      this.#sharedNames.reclaim(peer.number)
      this.#sharedCalls.reclaim(peer)
      this.#channel.send(undefined, 'ended', peer)
      this.#slot.freeNumber(peer.number)
      this.#reclaim(peer)
    }
    if (--this.#livingChildren === 0 && this.#memory.parent === 0) this.#channel.close()
  }

  #reclaim(peer: Peer): void {
    this.#calls?.reclaim(peer)
    this.#sharedCalls.freeUnheld()
  }

  /**
   * This worker exits without being terminated. Its parent reclaims what it held, but may be asleep until a call
   * ends that this worker makes or serves.
   */
  #end(): void {
    const { number, incarnation } = this.#slot
    this.#slot.markEnded({ number, incarnation })
    this.#sharedCalls.completeAll()
    this.#channel.send(undefined, 'ended', { number, incarnation })
  }
}

let instance: SharedCom | undefined

/**
 * The shared COM of this worker, made at the first use. Throws RangeError for sizes in the environment that
 * are out of range, and Error when all worker slots are in use.
 */
export const sharedCom = (): SharedCom => {
  instance ??= new SharedCom(inheritedMemory() ?? newMemory())
  return instance
}
