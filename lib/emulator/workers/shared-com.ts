// The emulators of a process's worker threads as one COM: what this thread's shares with the others.

import type { Activation, ThreadId } from '../../../binding'
import type { EmulatedApartment } from '../apartments/thread-stack'
import type { Request } from '../calls/request'
import type { Com } from '../client/com'
import type { Clock, WakeWord } from '../clock/clock'
import type { CountedObject } from '../objects/counted-object'
import { type LiveCounts, LiveObjects } from '../objects/live-objects'
import type { SharedThread } from '../objects/shared-state'
import type { ForeignClass, ForeignClasses } from '../servers/foreign-classes'
import type { Sharing } from '../threads/sharing'
import { CallsBetweenWorkers, type WorkerCallMessages } from './calls-between-workers'
import { ForeignCancelObject } from './foreign-cancel-object'
import type { Sizes } from './layout'
import { type Peer, WorkerChannel } from './messages'
import { type SharedCallMessages, SharedCalls } from './shared-calls'
import { handToNextWorker, isHandedToWorkers, type SharedMemory } from './shared-memory'
import { SharedNames } from './shared-names'
import { SharedThreads } from './shared-threads'
import { type WorkerObserver, watchWorkerExits } from './worker-exits'
import { WorkerSlot } from './worker-slot'

type SharedComMessages = SharedCallMessages &
  WorkerCallMessages & {
    /** A worker has ended. */
    gone: Peer
  }

/** How much of each there is, and room for how much. */
export type Usage = { readonly [What in keyof Sizes]: { readonly used: number; readonly size: number } }

export class SharedCom implements Sharing, WorkerObserver {
  readonly live: LiveObjects
  readonly #memory: SharedMemory
  readonly #slot: WorkerSlot
  readonly #channel: WorkerChannel<SharedComMessages>
  readonly #sharedCalls: SharedCalls
  readonly #sharedThreads: SharedThreads
  readonly #sharedNames: SharedNames
  /** Of the worker that this one starts next. */
  #nextChild = 1
  /** How many of those live. */
  #livingChildren = 0
  #clock: Clock | undefined
  #calls: CallsBetweenWorkers | undefined

  /** Throws Error when there are as many workers as there may be. */
  constructor(memory: SharedMemory) {
    this.#memory = memory
    const member = new WorkerSlot(memory)
    this.#slot = member
    this.live = new LiveObjects(member.counts)
    this.#channel = new WorkerChannel(memory.channel, member)
    this.#sharedCalls = new SharedCalls(member, this.#channel)
    this.#sharedThreads = new SharedThreads(member, seed => this.#sharedCalls.newState(seed))
    this.#sharedNames = new SharedNames(member)
    this.#channel.on('gone', peer => this.#reclaim(peer))
    if (memory.parent !== 0) this.#channel.open()
    watchWorkerExits(this)
    handToNextWorker(memory, member.number, this.#nextChild)
    // All others end with the one that made it.
    if (memory.parent !== 0) process.once('exit', () => this.#leave())
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

  /** For the one emulator of this worker that shares. */
  connect(com: Com): ForeignClasses {
    const link = new CallsBetweenWorkers(com, this.#channel, peer => this.#slot.isAlive(peer))
    this.#calls = link
    this.#clock = com.system.clock
    const foreign = (owner: number): ForeignClass | undefined => {
      const peer = this.#slot.peer(owner)
      const request = (activation: Activation, client: EmulatedApartment): Request =>
        link.activation(peer as Peer, activation, client)
      return peer && { request }
    }
    return {
      publish: (where, kind, name) => this.#sharedNames.add(where, kind, name),
      class: name => {
        const owner = this.#sharedNames.ownerOf(name)
        return owner === undefined ? undefined : foreign(owner)
      },
      moniker: name => {
        const found = this.#sharedNames.ownerOfMoniker(name)
        const there = found && foreign(found.owner)
        return there && { ...there, prefix: found.prefix }
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

  newThread(): SharedThread | null {
    return this.#sharedThreads.newThread()
  }

  cancelObjectOf(id: ThreadId): CountedObject | undefined {
    for (;;) {
      const top = this.#sharedThreads.topOf(id)
      if (top === 0 || !this.#clock) return undefined
      // What was on top a moment ago may be another thread's by now.
      const held = this.#sharedCalls.hold(top, () => this.#sharedThreads.topOf(id) === top)
      if (held) return new ForeignCancelObject(this.live, this.#clock, held)
    }
  }

  // Watcher

  /** One that shares the memory has the number that was handed down to it. */
  started(): number | undefined {
    if (!isHandedToWorkers(this.#memory)) return undefined
    this.#channel.open()
    this.#livingChildren++
    handToNextWorker(this.#memory, this.#slot.number, this.#nextChild + 1)
    return this.#nextChild++
  }

  /** A worker of Node's has ended, and those that it had started. Somebody may have died in the middle of this. */
  ended(node: number, birth: number): void {
    for (const peer of this.#slot.workerTree(node, birth)) {
      this.#slot.markEnded(peer)
      this.#sharedThreads.reclaim(peer.number)
      this.#sharedNames.reclaim(peer.number)
      this.#sharedCalls.reclaim(peer)
      this.#channel.send(undefined, 'gone', peer)
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
   * This worker ends by itself. Whoever started it clears up, but may be asleep until a call is over that this one
   * has made or serves.
   */
  #leave(): void {
    const { number, incarnation } = this.#slot
    this.#slot.markEnded({ number, incarnation })
    this.#sharedCalls.completeAll()
    this.#channel.send(undefined, 'gone', { number, incarnation })
  }
}
