// The emulators of a process's worker threads as one COM: what this thread's shares with the others.
import type { Activation, ThreadId } from '../../../binding'
import type { Apartment } from '../apartments/apartment'
import type { Request } from '../calls/served-call'
import type { Com } from '../client/com'
import type { Clock, WakeWord } from '../clock/clock'
import type { CountedObject } from '../objects/counted-object'
import { type LiveCounts, LiveObjects } from '../objects/live-objects'
import type { SharedThread } from '../objects/shared-state'
import type { Elsewhere, Foreign } from '../servers/foreign-classes'
import type { Sharing } from '../threads/sharing'
import { Link, type LinkMessages } from './calls-between-workers'
import { ForeignCancelObject } from './foreign-cancel-object'
import type { Sizes } from './layout'
import { type Peer, Post } from './messages'
import { type CallMessages, SharedCalls } from './shared-calls'
import { handDown, isHandedDown, type Memory } from './shared-memory'
import { Names } from './shared-names'
import { SharedThreads } from './shared-threads'
import { type Watcher, watchWorkers } from './worker-exits'
import { Member } from './worker-slot'

type Messages = CallMessages &
  LinkMessages & {
    /** A worker has ended. */
    gone: Peer
  }

/** How much of each there is, and room for how much. */
export type Usage = { readonly [What in keyof Sizes]: { readonly used: number; readonly size: number } }

export class SharedCom implements Sharing, Watcher {
  readonly live: LiveObjects
  readonly #memory: Memory
  readonly #member: Member
  readonly #post: Post<Messages>
  readonly #calls: SharedCalls
  readonly #threads: SharedThreads
  readonly #names: Names
  /** Of the worker that this one starts next. */
  #birth = 1
  /** How many of those live. */
  #watched = 0
  #clock: Clock | undefined
  #link: Link | undefined

  /** Throws Error when there are as many workers as there may be. */
  constructor(memory: Memory) {
    this.#memory = memory
    const member = new Member(memory)
    this.#member = member
    this.live = new LiveObjects(member.counts)
    this.#post = new Post(memory.channel, member)
    this.#calls = new SharedCalls(member, this.#post)
    this.#threads = new SharedThreads(member, seed => this.#calls.newState(seed))
    this.#names = new Names(member)
    this.#post.on('gone', peer => this.#gone(peer))
    if (memory.parent !== 0) this.#post.open()
    watchWorkers(this)
    handDown(memory, member.number, this.#birth)
    // All others end with the one that made it.
    if (memory.parent !== 0) process.once('exit', () => this.#leave())
  }

  get usage(): Usage {
    const { sizes } = this.#memory.layout
    return {
      workers: { used: this.#member.count, size: sizes.workers },
      threads: { used: this.#threads.used, size: sizes.threads },
      calls: { used: this.#calls.used, size: sizes.calls },
      names: { used: this.#names.used, size: sizes.names },
    }
  }

  /** For the one emulator of this worker that shares. */
  connect(com: Com): Elsewhere {
    const link = new Link(com, this.#post, peer => this.#member.isThere(peer))
    this.#link = link
    this.#clock = com.system.clock
    const foreign = (owner: number): Foreign | undefined => {
      const peer = this.#member.peer(owner)
      const request = (activation: Activation, client: Apartment): Request =>
        link.activation(peer as Peer, activation, client)
      return peer && { request }
    }
    return {
      announce: (where, kind, name) => this.#names.add(where, kind, name),
      class: name => {
        const owner = this.#names.ownerOf(name)
        return owner === undefined ? undefined : foreign(owner)
      },
      moniker: name => {
        const found = this.#names.ownerOfMoniker(name)
        const there = found && foreign(found.owner)
        return there && { ...there, prefix: found.prefix }
      },
    }
  }

  // Sharing

  get total(): Readonly<LiveCounts> {
    return this.#member.total
  }

  get wakeWord(): WakeWord {
    return this.#member.wakeWord
  }

  get blocks(): number {
    return this.#member.blocks
  }

  block(by: 1 | -1): void {
    this.#member.block(by)
  }

  newThread(): SharedThread | null {
    return this.#threads.newThread()
  }

  cancelObjectOf(id: ThreadId): CountedObject | undefined {
    for (;;) {
      const top = this.#threads.topOf(id)
      if (top === 0 || !this.#clock) return undefined
      // What was on top a moment ago may be another thread's by now.
      const held = this.#calls.hold(top, () => this.#threads.topOf(id) === top)
      if (held) return new ForeignCancelObject(this.live, this.#clock, held)
    }
  }

  // Watcher

  /** One that shares the memory has the number that was handed down to it. */
  started(): number | undefined {
    if (!isHandedDown(this.#memory)) return undefined
    this.#post.open()
    this.#watched++
    handDown(this.#memory, this.#member.number, this.#birth + 1)
    return this.#birth++
  }

  /** A worker of Node's has ended, and those that it had started. Somebody may have died in the middle of this. */
  ended(node: number, birth: number): void {
    for (const peer of this.#member.familyOf(node, birth)) {
      this.#member.strike(peer)
      this.#threads.bury(peer.number)
      this.#names.bury(peer.number)
      this.#calls.bury(peer)
      this.#post.send(undefined, 'gone', peer)
      this.#member.freeNumber(peer.number)
      this.#gone(peer)
    }
    if (--this.#watched === 0 && this.#memory.parent === 0) this.#post.close()
  }

  #gone(peer: Peer): void {
    this.#link?.bury(peer)
    this.#calls.giveBackUnheld()
  }

  /**
   * This worker ends by itself. Whoever started it clears up, but may be asleep until a call is over that this one
   * has made or serves.
   */
  #leave(): void {
    const { number, incarnation } = this.#member
    this.#member.strike({ number, incarnation })
    this.#calls.leave()
    this.#post.send(undefined, 'gone', { number, incarnation })
  }
}
