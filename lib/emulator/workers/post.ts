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
 * One channel for all, on which each takes what is for it. It keeps no process alive. What a worker sent before
 * something that it did is there before what others did after that. `Messages`: what each kind carries.
 */
export class Post<Messages extends object> implements Postbox<Messages> {
  readonly me: Peer
  readonly #name: string
  readonly #handlers = new Map<keyof Messages, Handler<never>>()
  #channel: BroadcastChannel | undefined

  constructor(name: string, me: Peer) {
    this.#name = name
    this.me = me
  }

  /** From now on there may be others. */
  open(): void {
    if (this.#channel) return
    this.#channel = new BroadcastChannel(this.#name)
    this.#channel.onmessage = event =>
      this.#receive((event as { data: Envelope<[keyof Messages, never]> }).data)
    this.#channel.unref()
  }

  on<Kind extends keyof Messages>(kind: Kind, handler: Handler<Messages[Kind]>): void {
    this.#handlers.set(kind, handler)
  }

  send<Kind extends keyof Messages>(to: Peer | undefined, kind: Kind, message: Messages[Kind]): void {
    const envelope: Envelope<[Kind, Messages[Kind]]> = { to, from: this.me, message: [kind, message] }
    this.#channel?.postMessage(envelope)
  }

  #receive({ to, from, message: [kind, message] }: Envelope<[keyof Messages, never]>): void {
    if (to && to.incarnation !== this.me.incarnation) return
    this.#handlers.get(kind)?.(message, from)
  }
}
