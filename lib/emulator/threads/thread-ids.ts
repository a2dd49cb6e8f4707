// The ids of emulated threads that no other worker thread sees: unique in the process.
import { threadId as workerNumber } from 'node:worker_threads'
import type { ThreadId } from '../../../binding'

/** Each worker thread takes ids from a range of its own, with room for a million threads. */
const IDS_PER_WORKER = 0x400000

/** Lower ids belong to shared threads (workers/shared-threads). */
const FIRST_UNSHARED_ID = 0x80000000

let nextId = FIRST_UNSHARED_ID + ((workerNumber * IDS_PER_WORKER) % FIRST_UNSHARED_ID)

/** As on Windows, an id is a multiple of 4 and never 0. Unlike there, it is not used for another thread again (W5). */
export const takeThreadId = (): ThreadId => {
  const id = nextId
  nextId = (nextId + 4) >>> 0 || FIRST_UNSHARED_ID
  return id
}
