// The barrier of a nested job: the cancel object that keeps its cancels from the call around it (C15).
import type { HRESULT } from '../../../binding'
import { failed, HResult } from '../../errors/hresult'
import type { CancelMethods } from '../objects/cancel-methods'
import { CountedObject } from '../objects/counted-object'
import type { System } from '../threads/system'
import type { Thread } from '../threads/thread'
import { setCancelObject } from './cancel-operations'

class Barrier extends CountedObject implements CancelMethods {
  override get kind(): string {
    return 'the cancel object that a nested job registers'
  }

  override get cancelMethods(): CancelMethods {
    return this
  }

  cancel(): HRESULT {
    return HResult.E_NOINTERFACE
  }

  testCancel(): HRESULT {
    return HResult.RPC_S_CALLPENDING
  }
}

/** Registers a barrier on a thread. Undefined when it was refused (O5). */
export const registerBarrier = (system: System, thread: Thread): CountedObject | undefined => {
  const barrier = new Barrier(system.live)
  const hr = setCancelObject(system, thread, barrier)
  if (failed(hr)) {
    barrier.release()
    return undefined
  }
  return barrier
}

export const unregisterBarrier = (thread: Thread, barrier: CountedObject): void => {
  thread.cancelObjects.remove(barrier)
  barrier.release()
}
