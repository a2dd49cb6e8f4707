// The class ForeignObject: an object of another worker that threads of this worker call.
import type { InterfaceId, Operation } from '../../../binding'
import type { Host, Place } from '../apartments/host'
import type { EmulatedApartment } from '../apartments/thread-stack'
import type { Reply } from '../calls/reply'
import type { RunningCall } from '../calls/request'
import { Target } from '../calls/target'
import type { LiveObjects } from '../objects/live-objects'
import type { WirePointer } from './serialize'

/** The worker that an object lives in. */
export interface ObjectOwner {
  readonly place: Place
  ask(object: number, operation: Operation, call: RunningCall): Promise<Reply>
  /** Releases a number of references on an object. */
  drop(object: number, references: number): void
}

export class ForeignObject extends Target {
  readonly number: number
  readonly owner: ObjectOwner
  readonly #wire: WirePointer
  readonly #whenReleased: () => void
  #held = 0

  /** The caller owns the first reference. `whenReleased` is called when the last one was released. */
  constructor(live: LiveObjects, owner: ObjectOwner, wire: WirePointer, whenReleased: () => void) {
    super(live)
    this.owner = owner
    this.number = wire.object
    this.#wire = wire
    this.#whenReleased = whenReleased
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

  /** The pointer as messages carry it. */
  get wire(): WirePointer {
    return this.#wire
  }

  /** A message has brought another of the owner's references. */
  received(): void {
    this.#held++
  }

  override release(): void {
    super.release()
    if (this.references > 0) return
    this.#whenReleased()
    this.owner.drop(this.number, this.#held)
  }

  ask(operation: Operation, call: RunningCall): Promise<Reply> {
    return this.owner.ask(this.number, operation, call)
  }
}
