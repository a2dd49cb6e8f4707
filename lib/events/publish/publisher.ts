// The class Publisher: publishes the events of one binding, with its kind and its clock.
import type { Binding, BindingInfo, ThreadId } from '../../../binding'
import { channels } from './channels'
import type { CallId, ComEvent, ComEventType, EventDetails } from './event'

/** The publisher of each event; not a property, so that copies and JSON of events do not contain it. */
const publishers = new WeakMap<ComEvent, Publisher>()

export class Publisher {
  readonly binding: BindingInfo['kind']
  /** The current time in milliseconds of the events' clock. */
  readonly now: () => number

  /** `now` returns milliseconds. */
  constructor(binding: BindingInfo['kind'], now: () => number = () => performance.now()) {
    this.binding = binding
    this.now = now
  }

  /** The publisher of an event. */
  static of(event: ComEvent): Publisher | undefined {
    return publishers.get(event)
  }

  /** Publishes an event. `thread` and `details` are only evaluated when the channel has subscribers. */
  publish<Type extends ComEventType>(
    type: Type,
    thread: ThreadId | (() => ThreadId),
    details: () => EventDetails[Type],
  ): void {
    const channel = channels[type]
    if (!channel.hasSubscribers) return
    const threadId = typeof thread === 'number' ? thread : thread()
    const event = { type, time: this.now(), threadId, binding: this.binding, ...details() }
    publishers.set(event as unknown as ComEvent, this)
    channel.publish(event)
  }

  /** Publishes an event of a call; publishes nothing when the call is null. */
  publishCall<Type extends ComEventType & `call:${string}`>(
    type: Type,
    call: CallId | null,
    thread: ThreadId,
    details: () => Omit<EventDetails[Type], 'call'>,
  ): void {
    if (call !== null) this.publish(type, thread, () => ({ call, ...details() }) as EventDetails[Type])
  }
}

let lastId = 0

/** A new id for a call or a cancel, unique in this JavaScript thread. */
export const takeEventId = (): number => ++lastId

const publisherByBinding = new WeakMap<Binding, Publisher>()

/** Registers the publisher of a binding. */
export const publishAs = (binding: Binding, publisher: Publisher): void => {
  publisherByBinding.set(binding, publisher)
}

/** The publisher of a binding, if it has one. */
export const publisherOf = (binding: Binding): Publisher | undefined => publisherByBinding.get(binding)
