// Publishes the event call:made.
import type { CallId, Subject } from '../../events/publish/event'
import { stackOf } from '../apartments/thread-stack'
import type { System } from '../threads/system'
import type { Thread } from '../threads/thread'
import type { Request } from './request'

const wait: Subject = { operation: 'wait', name: 'wait' }

/** A thread makes the call that `request` describes; without a request the call is a wait. */
export const publishCallMade = (
  system: System,
  call: CallId,
  thread: Thread,
  { request, marshaled }: { request?: Request; marshaled: boolean },
): void =>
  system.events.publishCall('call:made', call, request?.caller ?? thread.id, () => ({
    ...(request?.subject ?? wait),
    server: request?.at.host.name ?? null,
    job: stackOf(thread)?.jobs.at(-1)?.id ?? null,
    marshaled,
    // Null for a caller in another worker: its enable count is in that worker.
    cancelable:
      request?.asynchronous === true || // A7
      (request?.caller === undefined ? marshaled && thread.cancellationEnabled : null),
  }))
