// The shared memory of this worker: inherited from its parent, or made here, and handed to the workers it starts.
import { randomUUID } from 'node:crypto'
import { types } from 'node:util'
import { getEnvironmentData, setEnvironmentData, threadId } from 'node:worker_threads'
import * as validate from '../../errors/validate'
import {
  DEFAULT_SIZES,
  Header,
  isUsedBy,
  layoutIn,
  layoutOf,
  type MemoryLayout,
  newWords,
  type Sizes,
} from './layout'

/** The key of the environment data in which a worker finds its parent's memory. */
const ENVIRONMENT_DATA_KEY = 'com-cancel.emulator'

/** The sizes of new memory: `threads=100000,calls=1000000`, any of them. */
export const MEMORY_VARIABLE = 'COM_CANCEL_EMULATOR_MEMORY'

const sizeLimits: Readonly<Record<keyof Sizes, readonly [least: number, most: number]>> = {
  workers: [1, 4096],
  threads: [64, 1_048_576],
  calls: [64, 4_194_304],
  names: [2, 65_536],
}

interface InheritedData {
  buffer?: unknown
  channel?: unknown
  parent?: unknown
  child?: unknown
}

const inheritedData = () => getEnvironmentData(ENVIRONMENT_DATA_KEY) as InheritedData | undefined

export interface SharedMemory {
  readonly words: Int32Array
  readonly layout: MemoryLayout
  /** The name of the channel on which the workers that share the memory send messages. */
  readonly channel: string
  /** The number of the worker that handed the memory to this one; 0 for none. */
  readonly parent: number
  /** The number of this worker among its parent's children, from 1; 0 for no parent. */
  readonly child: number
}

export const inheritedMemory = (): SharedMemory | undefined => {
  const data = inheritedData()
  if (!types.isSharedArrayBuffer(data?.buffer)) return undefined
  const words = new Int32Array(data.buffer)
  const layout = layoutIn(words)
  // Another copy of this module may have made it in this very worker: test runners load modules repeatedly.
  if (!layout || isUsedBy(words, layout, threadId)) return undefined
  return {
    words,
    layout,
    channel: String(data.channel),
    parent: Number(data.parent),
    child: Number(data.child),
  }
}

/** Throws RangeError for sizes in the environment that are out of range. */
export const newMemory = (): SharedMemory => {
  const layout = layoutOf(parseSizes(process.env[MEMORY_VARIABLE] ?? ''))
  return { words: newWords(layout), layout, channel: `com-cancel ${randomUUID()}`, parent: 0, child: 0 }
}

/** Hands the memory to the worker that this one starts next. `parent`: the number of this worker. */
export const handToNextWorker = ({ words, channel }: SharedMemory, parent: number, child: number): void =>
  setEnvironmentData(ENVIRONMENT_DATA_KEY, { buffer: words.buffer, channel, parent, child })

/** Whether new workers inherit this memory. Another copy of this module may have handed them its own. */
export const isHandedToWorkers = ({ words }: SharedMemory): boolean =>
  inheritedData()?.buffer === words.buffer

const warned = new Set<keyof Sizes>()

/** Warns once for each kind: the code that runs into the limit is often not the code that can raise it. */
export const reportFull = (what: keyof Sizes, { words }: SharedMemory): void => {
  if (warned.has(what)) return
  warned.add(what)
  process.emitWarning(
    `the memory that the emulators of worker threads share is full: ${words[Header[what]]} ${what}. ` +
      `The environment variable ${MEMORY_VARIABLE} makes it larger: ${what}=…`,
    { type: 'ComCancelWarning', code: 'COM_CANCEL_EMULATOR_FULL' },
  )
}

const isSize = (what: string): what is keyof Sizes => Object.hasOwn(sizeLimits, what)

const parseSizes = (text: string): Sizes => {
  const sizes = { ...DEFAULT_SIZES }
  for (const each of text.split(',').filter(Boolean)) {
    const [what = '', size] = each.split('=').map(part => part.trim())
    if (!isSize(what) || !/^\d+$/.test(size ?? ''))
      throw new RangeError(
        `${MEMORY_VARIABLE}: expected sizes such as threads=100000,calls=1000000 (of ${Object.keys(sizeLimits).join(', ')}), got '${each}'`,
      )
    sizes[what] = validate.between(MEMORY_VARIABLE, what, Number(size), ...sizeLimits[what])
  }
  return sizes
}
