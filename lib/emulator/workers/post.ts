// Messages between the emulators of worker threads.
import { BroadcastChannel } from 'node:worker_threads'

/** A worker that shares the memory. Numbers are used again, incarnations are not. */
export interface Peer {
  readonly number: number
  readonly incarnation: number
}

interface Envelope<Message> {
  /** Undefined for all others. */
  to: Peer | undefined
  from: Peer
  message: Message
}

type Handler<Message> = (message: Message, from: Peer) => void

export interface Postbox<Messages extends object> {
  readonly me: Peer
  on<Kind extends keyof Messages>(kind: Kind, handler: Handler<Messages[Kind]>): void
  /** To one, or to all others. Throws DataCloneError for what can't be sent. */
  send<Kind extends keyof Messages>(to: Peer | undefined, kind: Kind, message: Messages[Kind]): void
}

/**
 * One channel for all, on which each takes what is for it: in the order in which each sender sent. It keeps no
 * process alive. `Messages`: what a message of each kind carries.
 */
export class Post<Messages extends object> implements Postbox<Messages> {
  readonly me: Peer
  readonly #channel: BroadcastChannel
  readonly #alive: (peer: Peer) => boolean
  readonly #handlers = new Map<keyof Messages, Handler<never>>()

  /** `alive`: what a worker that has ended sent before is not heard any more. */
  constructor(channel: string, me: Peer, alive: (peer: Peer) => boolean) {
    this.me = me
    this.#alive = alive
    this.#channel = new BroadcastChannel(channel)
    this.#channel.onmessage = event =>
      this.#receive((event as { data: Envelope<[keyof Messages, never]> }).data)
    this.#channel.unref()
  }

  on<Kind extends keyof Messages>(kind: Kind, handler: Handler<Messages[Kind]>): void {
    this.#handlers.set(kind, handler)
  }

  send<Kind extends keyof Messages>(to: Peer | undefined, kind: Kind, message: Messages[Kind]): void {
    const envelope: Envelope<[Kind, Messages[Kind]]> = { to, from: this.me, message: [kind, message] }
    this.#channel.postMessage(envelope)
  }

  #receive({ to, from, message: [kind, message] }: Envelope<[keyof Messages, never]>): void {
    if (to && to.incarnation !== this.me.incarnation) return
    if (this.#alive(from)) this.#handlers.get(kind)?.(message, from)
  }
}
