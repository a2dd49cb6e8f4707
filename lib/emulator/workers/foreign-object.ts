// An object that lives in another worker, as the threads of this one call it.
import type { InterfaceId } from '../../../binding'
import type { EmulatedApartment } from '../apartments/apartment'
import type { Host, Place } from '../apartments/host'
import type { MarshaledPointer } from '../calls/marshaled-pointer'
import type { Reply } from '../calls/reply'
import type { ServedCall } from '../calls/served-call'
import { type Invocation, Target } from '../calls/target'
import type { LiveObjects } from '../objects/live-objects'
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
export interface ObjectOwner {
  readonly place: Place
  /** The question is packed anew whenever it is asked again: its pointers bring references along. */
  ask(object: number, question: (pack: Pack) => Question, call: ServedCall): Promise<Reply>
  /** So many references are given back. */
  drop(object: number, references: number): void
}

export class ForeignObject extends Target {
  readonly number: number
  readonly owner: ObjectOwner
  readonly #wire: WirePointer
  readonly #whenReleased: () => void
  #held = 0

  /** Its first reference is its maker's. `gone`: it was the last. */
  constructor(live: LiveObjects, owner: ObjectOwner, wire: WirePointer, gone: () => void) {
    super(live)
    this.owner = owner
    this.number = wire.object
    this.#wire = wire
    this.#whenReleased = gone
  }

  override get kind(): string {
    return `an object of ${this.owner.place.host.name} in another worker`
  }

  get apartment(): EmulatedApartment {
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
    this.#whenReleased()
    this.owner.drop(this.number, this.#held)
  }

  override invoke(call: ServedCall, invocation: Invocation): Promise<Reply> {
    return this.#ask(call, pack => ({ kind: 'invoke', invocation: packInvocation(invocation, pack) }))
  }

  override lookUp(name: string, call: ServedCall): Promise<Reply> {
    return this.#ask(call, () => ({ kind: 'look-up', name }))
  }

  override next(call: ServedCall, count: number): Promise<Reply> {
    return this.#ask(call, () => ({ kind: 'next', count }))
  }

  override eventsOf(iid: InterfaceId | null, call: ServedCall): Promise<Reply> {
    return this.#ask(call, () => ({ kind: 'events', iid }))
  }

  override advise(iid: InterfaceId, sink: MarshaledPointer, call: ServedCall): Promise<Reply> {
    return this.#ask(call, pack => ({ kind: 'advise', iid, sink: pack(sink) }))
  }

  override unadvise(iid: InterfaceId, cookie: number, call: ServedCall): Promise<Reply> {
    return this.#ask(call, () => ({ kind: 'unadvise', iid, cookie }))
  }

  #ask(call: ServedCall, question: (pack: Pack) => Question): Promise<Reply> {
    return this.owner.ask(this.number, question, call)
  }
}
