// Who publishes events: one for each binding, with its kind and its clock.
import type { Binding, BindingInfo, ThreadId } from '../../../binding'
import { channels } from './channels'
import type { CallId, ComEvent, ComEventType, EventDetails } from './event'

/** Kept beside the events, so that it shows in no copy and no JSON of them. */
const publishers = new WeakMap<ComEvent, Publisher>()

export class Publisher {
  readonly binding: BindingInfo['kind']
  /** What time it is, in the milliseconds of its events. */
  readonly now: () => number

  /** `now`: milliseconds. */
  constructor(binding: BindingInfo['kind'], now: () => number = () => performance.now()) {
    this.binding = binding
    this.now = now
  }

  /** Who published an event. */
  static of(event: ComEvent): Publisher | undefined {
    return publishers.get(event)
  }

  /** Says that something happened to a thread. Which, and the details, are asked for only where somebody listens. */
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

  /** The same of a call; of what is no call (null) nothing is said. */
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

/** The number of a call or of a cancel: unique among all of this JavaScript thread. */
export const takeEventId = (): number => ++lastId

const publisherByBinding = new WeakMap<Binding, Publisher>()

/** Makes the publisher of a binding known. */
export const publishAs = (binding: Binding, publisher: Publisher): void => {
  publisherByBinding.set(binding, publisher)
}

/** The publisher of a binding, if it has one. */
export const publisherOf = (binding: Binding): Publisher | undefined => publisherByBinding.get(binding)
