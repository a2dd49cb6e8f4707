// The ids of emulated threads: unique over all emulators, so that one's id means nothing to another.
import { threadId as workerNumber } from 'node:worker_threads'
import type { ThreadId } from '../../binding'

/** Each worker counts in a part of its own, with room for a million threads: a worker's id means nothing to another. */
const PART = 0x400000

/** Not from 0, which stands for the calling thread. */
const FIRST = 0x1000

let next = (workerNumber * PART + FIRST) >>> 0

/** Like Windows' own: never 0 and a multiple of 4. Unlike them, not used again for another thread (W5). */
export const takeThreadId = (): ThreadId => {
  const id = next
  next = (next + 4) >>> 0 || FIRST
  return id
}
