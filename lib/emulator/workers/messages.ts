// The channel on which the emulators of worker threads send each other messages.
import { BroadcastChannel } from 'node:worker_threads'

/** A worker that shares the memory. Numbers are reused, incarnations are not. */
export interface Peer {
  readonly number: number
  readonly incarnation: number
}

/** `to`: undefined for all other workers. */
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
  /** Sends a message to one worker, or to all others. Throws DataCloneError for a message that can't be cloned. */
  send<Kind extends keyof Messages>(to: Peer | undefined, kind: Kind, message: Messages[Kind]): void
  /** Sends all messages, in this order, or none, even if this worker is terminated meanwhile. */
  sendAll(messages: readonly AddressedMessage<Messages>[]): void
}

/**
 * One broadcast channel for all workers, of which each handles the messages addressed to it. Does not keep the
 * process alive. Messages keep their causal order over all workers. `Messages`: the content of each kind.
 */
export class WorkerChannel<Messages extends object> implements MessageSender<Messages> {
  readonly me: Peer
  readonly #name: string
  readonly #handlers = new Map<keyof Messages, MessageHandler<never>>()
  #channel: BroadcastChannel | undefined

  constructor(name: string, me: Peer) {
    this.#name = name
    this.me = { number: me.number, incarnation: me.incarnation } // a copy that can be cloned
  }

  /** Called when there may be other workers. */
  open(): void {
    if (this.#channel) return
    this.#channel = new BroadcastChannel(this.#name)
    this.#channel.onmessage = event => this.#receive((event as { data: MessageBatch<Messages> }).data)
    this.#channel.unref()
  }

  /** Called when there are no other workers any more. */
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

  sendAll(messages: readonly AddressedMessage<Messages>[]): void {
    const batch: MessageBatch<Messages> = { from: this.me, messages }
    this.#channel?.postMessage(batch)
  }

  #receive({ from, messages }: MessageBatch<Messages>): void {
    for (const [to, kind, message] of messages)
      if (!to || to.incarnation === this.me.incarnation) this.#handlers.get(kind)?.(message as never, from)
  }
}
