// Work of a server's own, that no client has called for: on a thread of the apartment, in its turn.
import { ComError } from '../../errors/errors'
import { failed, HResult } from '../../errors/hresult'
import type { Place } from '../apartments/host'
import { stackOf, type ThreadStack } from '../apartments/thread-stack'
import type { System } from '../threads/system'
import { success } from './reply'
import { ServedCall } from './served-call'

/** At once when the calling thread is in the middle of a call there. Rejects with ComError when the place is gone. */
export const runInApartment = async <Result>(
  system: System,
  where: string,
  at: Place,
  work: (stack: ThreadStack) => Promise<Result>,
): Promise<Result> => {
  if (!at.host.alive) throw new ComError(HResult.RPC_E_DISCONNECTED, where)
  const stack = stackOf(system.threads.current)
  if (stack?.apartment === at.apartment && !stack.idle) return work(stack)
  return new Promise((resolve, reject) => {
    const call = new ServedCall(
      system,
      {
        at,
        asked: { operation: 'fire', name: where },
        perform: async ({ stack }) => {
          await work(stack).then(resolve, reject)
          return success()
        },
      },
      {
        id: null,
        caller: 0,
        marshaled: false,
        answer: ({ hresult }) => {
          if (failed(hresult)) reject(new ComError(hresult, where))
        },
      },
    )
    at.apartment.deliver(call)
  })
}
