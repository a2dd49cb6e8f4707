// What `com-cancel record` loads into a program, its worker threads and child processes: records the events of COM, and
// writes them when the thread ends.
import { appendFileSync, realpathSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { isMainThread, threadId } from 'node:worker_threads'
import type { EventLog, RecordOptions } from '../events/event-log'

/** The environment variables by which the command passes on what to do. */
export const environmentNames = {
  /** The path of the files, without their extensions. */
  output: 'COM_CANCEL_RECORD_OUTPUT',
  /** The file to which each recorder adds lines about what it has written. */
  written: 'COM_CANCEL_RECORD_WRITTEN',
  /** The id of the command's process: its child writes the files without a suffix. */
  parent: 'COM_CANCEL_RECORD_PARENT',
  /** The number of events to keep. */
  limit: 'COM_CANCEL_RECORD_LIMIT',
} as const

type EventLogs = { record(options?: RecordOptions): EventLog }

const own = path.join(__dirname, '..')

/** The folder of the copy of this package that the program imports; this copy where it imports none. */
const usedCopy = (): string => {
  const script = process.argv[1] ?? path.join(process.cwd(), 'program')
  try {
    return path.dirname(realpathSync(createRequire(path.resolve(script)).resolve('com-cancel')))
  } catch {
    return own
  }
}

/** The module that records, of the program's own copy: logs keep the events of their own copy only. */
const eventLogs = (): EventLogs => {
  for (const folder of [usedCopy(), own])
    try {
      return require(path.join(folder, 'events', 'event-log.js')) as EventLogs
    } catch {
      // Another version of the package has its modules elsewhere.
    }
  throw new Error('com-cancel record: the module that records was not found')
}

/** Which of the program's processes and threads this is; nothing for the main thread of the first. */
const place = (): string[] => {
  const first = String(process.ppid) === process.env[environmentNames.parent]
  return [...(first ? [] : [`${process.pid}`]), ...(isMainThread ? [] : [`worker${threadId}`])]
}

/** The title of the pictures: the program, and the process and worker if it has several. */
const title = (): string =>
  ['COM calls of', path.basename(process.argv[1] ?? process.execPath), ...place()].join(' ')

/** Writes the log if anything was recorded. A failure is reported and does not change how the program ends. */
const write = (log: EventLog, output: string): void => {
  log[Symbol.dispose]()
  const { length } = log.events
  if (length === 0) return
  const file = [output, ...place()].join('-')
  const report = (line: string) => appendFileSync(process.env[environmentNames.written] ?? '', `${line}\n`)
  try {
    writeFileSync(`${file}.log`, `${log}\n`)
    writeFileSync(`${file}.svg`, log.toSvg({ title: title() }))
    writeFileSync(`${file}.html`, log.toHtml({ title: title() }))
    writeFileSync(`${file}.trace.json`, JSON.stringify(log.toChromeTrace()))
    const dropped = log.dropped > 0 ? `, ${log.dropped} earlier ones were dropped` : ''
    report(`${length} events${dropped}: ${file}.log, ${file}.svg, ${file}.html, ${file}.trace.json`)
  } catch (error) {
    report(`${file} cannot be written: ${(error as Error).message}`)
  }
}

const start = (output: string): void => {
  const limit = process.env[environmentNames.limit]
  const log = eventLogs().record(limit === undefined ? {} : { limit: Number(limit) })
  let open = true
  const finish = () => {
    if (open) write(log, output)
    open = false
  }
  process.on('exit', finish)
  if (!isMainThread) return
  // These signals end a program that does not listen to them, without an exit event.
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    const end = () => {
      if (process.listenerCount(name) > 1) return
      finish()
      process.off(name, end)
      process.kill(process.pid, name)
    }
    process.on(name, end)
  }
}

const output = process.env[environmentNames.output]
if (output !== undefined) start(output)
