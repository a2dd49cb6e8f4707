// An object that lives in another worker, as the threads of this one call it.
import type { InterfaceId } from '../../../binding'
import type { Apartment } from '../apartments/apartment'
import type { Host, Place } from '../apartments/host'
import type { Transit } from '../calls/marshaled-pointer'
import type { Reply } from '../calls/reply'
import type { IncomingCall } from '../calls/served-call'
import { type Invocation, Target } from '../calls/target'
import type { Census } from '../objects/live-objects'
import { type Pack, packInvocation, type WirePointer } from './serialize'

/** What is asked of the owner. */
export type Question =
  | { kind: 'invoke'; invocation: Invocation }
  | { kind: 'look-up'; name: string }
  | { kind: 'next'; count: number }
  | { kind: 'events'; iid: InterfaceId | null }
  | { kind: 'advise'; iid: InterfaceId; sink: WirePointer }
  | { kind: 'unadvise'; iid: InterfaceId; cookie: number }

/** The way to the owner. */
export interface Owner {
  readonly place: Place
  /** The question is packed anew whenever it is asked again: its pointers bring references along. */
  ask(object: number, question: (pack: Pack) => Question, call: IncomingCall): Promise<Reply>
  /** So many references are given back. */
  drop(object: number, references: number): void
}

export class ForeignObject extends Target {
  readonly number: number
  readonly owner: Owner
  readonly #wire: WirePointer
  readonly #gone: () => void
  #held = 0

  /** Its first reference is its maker's. `gone`: it was the last. */
  constructor(census: Census, owner: Owner, wire: WirePointer, gone: () => void) {
    super(census)
    this.owner = owner
    this.number = wire.object
    this.#wire = wire
    this.#gone = gone
  }

  override get kind(): string {
    return `an object of ${this.owner.place.host.name} in another worker`
  }

  get apartment(): Apartment {
    return this.owner.place.apartment
  }

  get host(): Host {
    return this.owner.place.host
  }

  override get dispatches(): boolean {
    return this.#wire.dispatches
  }

  override get iid(): InterfaceId | null {
    return this.#wire.iid
  }

  /** Whose it is. */
  get wire(): WirePointer {
    return this.#wire
  }

  /** Another of the owner's references came with a message. */
  received(): void {
    this.#held++
  }

  override release(): void {
    super.release()
    if (this.references > 0) return
    this.#gone()
    this.owner.drop(this.number, this.#held)
  }

  override invoke(call: IncomingCall, invocation: Invocation): Promise<Reply> {
    return this.#ask(call, pack => ({ kind: 'invoke', invocation: packInvocation(invocation, pack) }))
  }

  override lookUp(name: string, call: IncomingCall): Promise<Reply> {
    return this.#ask(call, () => ({ kind: 'look-up', name }))
  }

  override next(call: IncomingCall, count: number): Promise<Reply> {
    return this.#ask(call, () => ({ kind: 'next', count }))
  }

  override eventsOf(iid: InterfaceId | null, call: IncomingCall): Promise<Reply> {
    return this.#ask(call, () => ({ kind: 'events', iid }))
  }

  override advise(iid: InterfaceId, sink: Transit, call: IncomingCall): Promise<Reply> {
    return this.#ask(call, pack => ({ kind: 'advise', iid, sink: pack(sink) }))
  }

  override unadvise(iid: InterfaceId, cookie: number, call: IncomingCall): Promise<Reply> {
    return this.#ask(call, () => ({ kind: 'unadvise', iid, cookie }))
  }

  #ask(call: IncomingCall, question: (pack: Pack) => Question): Promise<Reply> {
    return this.owner.ask(this.number, question, call)
  }
}
