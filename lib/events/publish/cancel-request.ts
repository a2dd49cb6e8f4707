// Publishes the events of a cancel request: cancel:requested and cancel:returned.
import type { Binding, HRESULT, Seconds, ThreadId } from '../../../binding'
import { channels } from './channels'
import type { CancelFunction } from './event'
import { type Publisher, publisherOf, takeEventId } from './publisher'

const requested = channels['cancel:requested']
const returned = channels['cancel:returned']

const unobserved = (hresult: HRESULT): HRESULT => hresult

/**
 * Publishes cancel:requested. Returns a function that takes the result, publishes cancel:returned and returns
 * the result. A `target` of 0 is the calling thread.
 */
export const cancelRequested = (
  publisher: Publisher,
  me: () => ThreadId,
  by: CancelFunction,
  target: ThreadId,
  seconds: Seconds,
): ((hresult: HRESULT) => HRESULT) => {
  if (!requested.hasSubscribers && !returned.hasSubscribers) return unobserved
  const caller = me()
  const details = { cancel: takeEventId(), function: by, target: target || caller, seconds }
  publisher.publish('cancel:requested', caller, () => details)
  return hresult => {
    publisher.publish('cancel:returned', caller, () => ({ ...details, hresult }))
    return hresult
  }
}

/** Calls Cancel of a cancel object, with events. */
export const cancelObject = (
  binding: Binding,
  object: { readonly threadId: ThreadId; cancel(seconds: Seconds): HRESULT },
  seconds: Seconds,
): HRESULT => {
  const publisher = publisherOf(binding)
  if (!publisher) return object.cancel(seconds)
  const me = () => binding.getCurrentThreadId()
  const answered = cancelRequested(publisher, me, 'ICancelMethodCalls::Cancel', object.threadId, seconds)
  return answered(object.cancel(seconds))
}
