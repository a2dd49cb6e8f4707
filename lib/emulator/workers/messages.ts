// Messages between the emulators of worker threads.
import { BroadcastChannel } from 'node:worker_threads'

/** A worker that shares the memory. Numbers are used again, incarnations are not. */
export interface Peer {
  readonly number: number
  readonly incarnation: number
}

/** `to`: undefined for all others. */
export type AddressedMessage<Messages, Kind extends keyof Messages = keyof Messages> = {
  [Each in Kind]: readonly [to: Peer | undefined, kind: Each, message: Messages[Each]]
}[Kind]

interface MessageBatch<Messages> {
  from: Peer
  messages: readonly AddressedMessage<Messages>[]
}

type MessageHandler<Message> = (message: Message, from: Peer) => void

export interface MessageSender<Messages extends object> {
  readonly me: Peer
  on<Kind extends keyof Messages>(kind: Kind, handler: MessageHandler<Messages[Kind]>): void
  /** To one, or to all others. Throws DataCloneError for what can't be sent. */
  send<Kind extends keyof Messages>(to: Peer | undefined, kind: Kind, message: Messages[Kind]): void
  /** All of them, in this order, or none: a worker may be terminated at any moment, but not between two of these. */
  sendAll(letters: readonly AddressedMessage<Messages>[]): void
}

/**
 * One channel for all, on which each takes what is for it. It keeps no process alive. What a worker sent before
 * something that it did is there before what others did after that. `Messages`: what each kind carries.
 */
export class WorkerChannel<Messages extends object> implements MessageSender<Messages> {
  readonly me: Peer
  readonly #name: string
  readonly #handlers = new Map<keyof Messages, MessageHandler<never>>()
  #channel: BroadcastChannel | undefined

  constructor(name: string, me: Peer) {
    this.#name = name
    this.me = { number: me.number, incarnation: me.incarnation } // what else it has is not to be sent
  }

  /** From now on there may be others. */
  open(): void {
    if (this.#channel) return
    this.#channel = new BroadcastChannel(this.#name)
    this.#channel.onmessage = event => this.#receive((event as { data: MessageBatch<Messages> }).data)
    this.#channel.unref()
  }

  /** There are no others any more. */
  close(): void {
    this.#channel?.close()
    this.#channel = undefined
  }

  on<Kind extends keyof Messages>(kind: Kind, handler: MessageHandler<Messages[Kind]>): void {
    this.#handlers.set(kind, handler)
  }

  send<Kind extends keyof Messages>(to: Peer | undefined, kind: Kind, message: Messages[Kind]): void {
    this.sendAll([[to, kind, message]])
  }

  sendAll(letters: readonly AddressedMessage<Messages>[]): void {
    const envelope: MessageBatch<Messages> = { from: this.me, messages: letters }
    this.#channel?.postMessage(envelope)
  }

  #receive({ from, messages: letters }: MessageBatch<Messages>): void {
    for (const [to, kind, message] of letters)
      if (!to || to.incarnation === this.me.incarnation) this.#handlers.get(kind)?.(message as never, from)
  }
}
