// CoSetCancelObject, CoGetCancelObject, and the two ways to call Cancel: blocking and in the background.
import type { Done, HRESULT, Seconds, ThreadId } from '../../../binding'
import { HResult, IID_ICancelMethodCalls } from '../../errors/hresult'
import { POOL_THREAD } from '../objects/cancel-methods'
import type { CountedObject } from '../objects/counted-object'
import type { System } from '../threads/system'
import type { Thread } from '../threads/thread'

/** CoSetCancelObject on a thread: O1 to O5. */
export const setCancelObject = (system: System, thread: Thread, object: CountedObject | null): HRESULT => {
  if (system.cancelOperationsBlocked) return HResult.E_ACCESSDENIED
  if (!object) {
    thread.cancelObjects.pop()
    return HResult.S_OK
  }
  const hr = object.queryInterface(IID_ICancelMethodCalls)
  return hr === HResult.S_OK ? thread.cancelObjects.push(object) : hr
}

/**
 * CoGetCancelObject: calls `use` with the cancel object of the thread's innermost pending call (O6), and holds a
 * reference meanwhile. Undefined without such a call, and for an unknown thread (O7).
 */
export const withCancelObject = <T>(
  system: System,
  id: ThreadId,
  use: (object: CountedObject | undefined) => T,
): T => {
  const thread = system.threads.find(id)
  thread?.driver.catchUp()
  const object = thread ? thread.cancelObjects.top : system.sharing?.cancelObjectOf(id)
  if (thread) object?.addRef()
  try {
    return use(object)
  } finally {
    object?.release()
  }
}

/** ICancelMethodCalls::Cancel. The JavaScript thread sleeps until it returns (C5, C6). */
export const cancelBlocking = (
  system: System,
  object: CountedObject | undefined,
  seconds: Seconds,
  caller: ThreadId,
): HRESULT => {
  const methods = object?.cancelMethods
  if (!object || !methods) return HResult.E_NOINTERFACE
  object.addRef()
  try {
    const answer = methods.cancel(seconds, caller)
    if (typeof answer === 'number') return answer
    system.sleepUntil(() => answer.decidedAt)
    return answer.conclude()
  } finally {
    object.release()
  }
}

/** ICancelMethodCalls::Cancel on a thread of the pool. `done` may be called at once, or inside another operation. */
export const cancelInBackground = (object: CountedObject | undefined, seconds: Seconds, done: Done): void => {
  const methods = object?.cancelMethods
  if (!object || !methods) {
    done(HResult.E_NOINTERFACE)
    return
  }
  object.addRef()
  const conclude = (hr: HRESULT) => {
    object.release()
    done(hr)
  }
  const answer = methods.cancel(seconds, POOL_THREAD)
  if (typeof answer === 'number') conclude(answer)
  else answer.whenDecided(conclude)
}
