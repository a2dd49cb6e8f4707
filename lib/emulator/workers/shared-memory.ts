// The shared memory of this worker thread: inherited from the one that started it, or made here, and handed down.
import { randomUUID } from 'node:crypto'
import { types } from 'node:util'
import { getEnvironmentData, setEnvironmentData, threadId } from 'node:worker_threads'
import { Header, isUsedBy, type Layout, layoutIn, layoutOf, newWords, type Sizes } from './layout'

/** Where a worker finds its parent's. */
const ENVIRONMENT_DATA_KEY = 'com-cancel.emulator'

interface InheritedData {
  buffer?: unknown
  channel?: unknown
  parent?: unknown
  childNumber?: unknown
}

const inheritedData = () => getEnvironmentData(ENVIRONMENT_DATA_KEY) as InheritedData | undefined

export interface SharedMemory {
  readonly words: Int32Array
  readonly layout: Layout
  /** Of the channel that those who share it talk on. */
  readonly channel: string
  /** The number of the worker that handed it down, 0 for none. */
  readonly parent: number
  /** Which of the workers that one started has brought it, from 1; 0 for none. */
  readonly childNumber: number
}

export const inheritedMemory = (): SharedMemory | undefined => {
  const data = inheritedData()
  if (!types.isSharedArrayBuffer(data?.buffer)) return undefined
  const words = new Int32Array(data.buffer)
  const layout = layoutIn(words)
  // Another copy of this module may have made it, on this very thread: test stacks load modules again and again.
  if (!layout || isUsedBy(words, layout, threadId)) return undefined
  return {
    words,
    layout,
    channel: String(data.channel),
    parent: Number(data.parent),
    childNumber: Number(data.childNumber),
  }
}

export const newMemory = (sizes: Sizes): SharedMemory => {
  const layout = layoutOf(sizes)
  return { words: newWords(layout), layout, channel: `com-cancel ${randomUUID()}`, parent: 0, childNumber: 0 }
}

/** The worker that this one starts next shares the memory. `parent`: the number of this one. */
export const handToNextWorker = ({ words, channel }: SharedMemory, parent: number, birth: number): void =>
  setEnvironmentData(ENVIRONMENT_DATA_KEY, { buffer: words.buffer, channel, parent, birth })

/** Whether workers inherit this memory: another copy of this module may have handed down its own. */
export const isHandedToWorkers = ({ words }: SharedMemory): boolean =>
  inheritedData()?.buffer === words.buffer

const warned = new Set<string>()

/** Nothing more of a kind fits in: said once, as who runs into it may be far from who can change it. */
export const reportFull = (
  what: 'workers' | 'threads' | 'calls' | 'names',
  { words }: SharedMemory,
): void => {
  if (warned.has(what)) return
  warned.add(what)
  process.emitWarning(
    `the memory that the emulators of worker threads share is full: ${words[Header[what]]} ${what}. ` +
      `The environment variable COM_CANCEL_EMULATOR_MEMORY makes it larger: ${what}=…`,
    { type: 'ComCancelWarning', code: 'COM_CANCEL_EMULATOR_FULL' },
  )
}
