// What a command does with an object: it makes the thread and the object, cancels on Ctrl-C, and closes the thread.
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type { ComObject, ComThread } from '../index'
import { messageOf, UsageError } from './exits'
import type { ObjectOptions } from './options'
import { withSpinner } from './terminal'

/** The package, loaded when it is used: `doctor` works where it cannot be loaded. */
export const api = () => require('../index') as typeof import('../index')

/** What the module of `--emulate` exports by default. */
type Register = (
  emulator: InstanceType<typeof import('../emulator').Emulator>,
  library: typeof import('../emulator'),
) => unknown

/** Runs the module that registers classes with the emulator. */
const emulate = async (module: string): Promise<void> => {
  const library = require('../emulator') as typeof import('../emulator')
  const refuse = (reason: string): never => {
    throw new UsageError(`--emulate: ${module} ${reason}`)
  }
  let found: { default?: unknown }
  try {
    found = await import(pathToFileURL(path.resolve(module)).href)
  } catch (error) {
    return refuse(`cannot be loaded: ${messageOf(error)}`)
  }
  if (typeof found.default !== 'function')
    refuse(
      'has no default export that is a function: export default emulator => emulator.registerClass({ progId: … })',
    )
  const register = found.default as Register
  try {
    await register(library.Emulator.shared, library)
  } catch (error) {
    refuse(`cannot register its classes: ${messageOf(error)}`)
  }
}

/** Loads the binding and, with `--emulate`, the classes of the emulator. */
export const prepare = async (module: string | undefined): Promise<void> => {
  if (module !== undefined) {
    process.env.COM_CANCEL_BACKEND = 'emulator'
    return emulate(module)
  }
  if (api().backend.kind === 'emulator')
    throw new UsageError(
      'this is the emulator, which has no classes of its own. Run the command on Windows, or pass --emulate <module>, ' +
        'an ES module whose default export registers classes: ' +
        'export default emulator => emulator.registerClass({ progId: … })',
    )
}

/** The signals that end programs. */
const signals = ['SIGINT', 'SIGTERM'] as const

/**
 * Runs until Ctrl-C: the first one aborts the signal, a second one ends the program at once. `run` decides what
 * the abort means.
 */
export const untilInterrupted = async <T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> => {
  const controller = new AbortController()
  const interrupt = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) process.exit(130)
    controller.abort(`interrupted by ${name}`)
  }
  for (const name of signals) process.on(name, interrupt)
  try {
    return await run(controller.signal)
  } finally {
    for (const name of signals) process.off(name, interrupt)
  }
}

/** What a command has of its object. */
export interface Session {
  object: ComObject
  thread: ComThread
  /** Aborted by Ctrl-C. */
  signal: AbortSignal
}

/** Makes the object that the options choose, and runs a command with it. `prepare` comes first. */
export const withObject = async <T>(
  progId: string,
  options: ObjectOptions,
  run: (session: Session) => Promise<T>,
): Promise<T> => {
  const { ComThread } = api()
  const { apartment, timeout, isolated = false, active } = options
  return untilInterrupted(async signal => {
    const thread = await ComThread.start({ apartment, timeout, isolated })
    try {
      const made = active
        ? thread.getActiveObject(progId, { signal })
        : thread.createObject(progId, { signal })
      const object: ComObject = await withSpinner(`${active ? 'finding' : 'creating'} ${progId}`, made)
      return await run({ object, thread, signal })
    } finally {
      await thread.close()
    }
  })
}
