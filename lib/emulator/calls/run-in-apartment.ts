// Runs a server's own work, such as an event, on a thread of its apartment.
import { ComError } from '../../errors/errors'
import { failed, HResult } from '../../errors/hresult'
import type { Place } from '../apartments/host'
import { stackOf, type ThreadStack } from '../apartments/thread-stack'
import type { System } from '../threads/system'
import { makeCall } from './outgoing-call'
import { type Reply, success } from './reply'
import type { Request } from './request'
import { ServedCall } from './served-call'

/**
 * Runs the work at once when the calling thread executes a call in that apartment. Rejects with ComError when the
 * server's process has ended.
 */
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
        subject: { operation: 'fire', name: where },
        perform: async ({ stack }) => {
          await work(stack).then(resolve, reject)
          return success()
        },
      },
      {
        id: null,
        caller: 0,
        marshaled: false,
        causality: {},
        answer: ({ hresult }) => {
          if (failed(hresult)) reject(new ComError(hresult, where))
        },
      },
    )
    at.apartment.deliver(call)
  })
}

/** A server calls an object, on a thread of its apartment. Rejects as runInApartment; then the request is over. */
export const callFromApartment = (
  system: System,
  where: string,
  at: Place,
  request: Request,
): Promise<Reply> =>
  runInApartment(
    system,
    where,
    at,
    stack => new Promise<Reply>(resolve => makeCall(system, stack, request, system.clock.now(), resolve)),
  ).catch((error: unknown) => {
    request.over?.()
    throw error
  })
