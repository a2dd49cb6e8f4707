// That a call is made, as events tell it.
import type { CallId } from '../../events/publish/event'
import { stackOf } from '../apartments/thread-stack'
import type { System } from '../threads/system'
import type { Thread } from '../threads/thread'
import type { Request } from './served-call'

const wait: Request['asked'] = { operation: 'wait', name: 'wait' }

/** A thread makes a call: what `request` asks for, or a wait where there is none. */
export const publishCallMade = (
  system: System,
  call: CallId,
  thread: Thread,
  { request, marshaled }: { request?: Request; marshaled: boolean },
): void =>
  system.events.publishCall('call:made', call, request?.caller ?? thread.id, () => ({
    ...(request?.asked ?? wait),
    server: request?.at.host.name ?? null,
    job: stackOf(thread)?.jobs.at(-1)?.id ?? null,
    marshaled,
    // Of a caller in another worker that is known there.
    cancelable: request?.caller === undefined ? marshaled && thread.cancellationEnabled : null,
  }))
