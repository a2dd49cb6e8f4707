// That a call is made, as events tell it.
import type { CallId } from '../events/event'
import type { Thread } from './emulated-thread'
import type { Request } from './incoming-call'
import { runnerOf } from './runner'
import type { System } from './system'

const wait: Request['asked'] = { operation: 'wait', name: 'wait' }

/** A thread makes a call: what `request` asks for, or a wait where there is none. */
export const tellCall = (
  system: System,
  call: CallId,
  thread: Thread,
  { request, marshaled }: { request?: Request; marshaled: boolean },
): void =>
  system.events.publishCall('call:made', call, request?.caller ?? thread.id, () => ({
    ...(request?.asked ?? wait),
    server: request?.at.host.name ?? null,
    job: runnerOf(thread)?.jobs.at(-1)?.id ?? null,
    marshaled,
    // Of a caller in another worker that is known there.
    cancelable: request?.caller === undefined ? marshaled && thread.cancellationEnabled : null,
  }))
