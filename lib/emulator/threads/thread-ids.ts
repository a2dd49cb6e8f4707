// The ids of the threads of emulators that are alone: unique over all of them, so that one's id means nothing to another.
import { threadId as workerNumber } from 'node:worker_threads'
import type { ThreadId } from '../../../binding'

/** Each worker counts in a part of its own, with room for a million threads: a worker's id means nothing to another. */
const IDS_PER_WORKER = 0x400000

/** Below are the ids of threads that worker threads share. */
const FIRST_UNSHARED_ID = 0x80000000

let nextId = FIRST_UNSHARED_ID + ((workerNumber * IDS_PER_WORKER) % FIRST_UNSHARED_ID)

/** Like Windows' own: never 0 and a multiple of 4. Unlike them, not used again for another thread (W5). */
export const takeThreadId = (): ThreadId => {
  const id = nextId
  nextId = (nextId + 4) >>> 0 || FIRST_UNSHARED_ID
  return id
}
