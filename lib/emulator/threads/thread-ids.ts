// The ids of the threads of emulators that are alone: unique over all of them, so that one's id means nothing to another.
import { threadId as workerNumber } from 'node:worker_threads'
import type { ThreadId } from '../../../binding'

/** Each worker counts in a part of its own, with room for a million threads: a worker's id means nothing to another. */
const PART = 0x400000

/** Below are the ids of threads that worker threads share. */
const FIRST = 0x80000000

let next = FIRST + ((workerNumber * PART) % FIRST)

/** Like Windows' own: never 0 and a multiple of 4. Unlike them, not used again for another thread (W5). */
export const takeThreadId = (): ThreadId => {
  const id = next
  next = (next + 4) >>> 0 || FIRST
  return id
}
