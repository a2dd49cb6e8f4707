// A cancel as it is asked for and as it is answered: two events of the canceller's thread.
import type { Binding, HRESULT, Seconds, ThreadId } from '../../../binding'
import { channels } from './channels'
import type { CancelFunction } from './event'
import { type Publisher, publisherOf, takeEventId } from './publisher'

const requested = channels['cancel:requested']
const returned = channels['cancel:returned']

const unseen = (hresult: HRESULT): HRESULT => hresult

/**
 * The calling thread is about to ask for a cancel; a `target` of 0 is that thread itself. Returns what takes the
 * answer, tells about it and hands it on.
 */
export const cancelRequested = (
  publisher: Publisher,
  me: () => ThreadId,
  by: CancelFunction,
  target: ThreadId,
  seconds: Seconds,
): ((hresult: HRESULT) => HRESULT) => {
  if (!requested.hasSubscribers && !returned.hasSubscribers) return unseen
  const caller = me()
  const details = { cancel: takeEventId(), function: by, target: target || caller, seconds }
  publisher.publish('cancel:requested', caller, () => details)
  return hresult => {
    publisher.publish('cancel:returned', caller, () => ({ ...details, hresult }))
    return hresult
  }
}

/** Cancel of an object that a binding handed out; what is said is its threadId and what `cancel` returns. */
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
