// Options of several commands, and the checks of their values.
import { accessSync, constants, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { UsageError } from './exits'

const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const

const LONGEST = 0x7fffffff

/** Milliseconds of a duration with a unit: `500ms`, `5s`, `1.5m`. */
export const duration = (text: string): number => {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? []
  const ms = Math.round(Number(number) * (units[unit as keyof typeof units] ?? Number.NaN))
  if (Number.isInteger(ms) && ms >= 1 && ms <= LONGEST) return ms
  throw new InvalidArgumentError('It must be a time with its unit, such as 500ms, 5s or 2m, at most 24 days.')
}

/** A number of things, 1 or more. */
export const count = (text: string): number => {
  const number = Number(text)
  if (/^\d+$/.test(text) && number >= 1 && Number.isSafeInteger(number)) return number
  throw new InvalidArgumentError('It must be an integer, 1 or more.')
}

const text = (value: string): string => {
  if (value.trim() === '') throw new InvalidArgumentError('It must not be empty.')
  return value
}

/** The name of a file. */
export const file = text

/** Throws UsageError for a file that cannot be written: found out before any work. */
export const requireWritable = (option: string, name: string | undefined): void => {
  if (name === undefined) return
  const refuse = (error: unknown): never => {
    throw new UsageError(`${option}: ${name} cannot be written: ${(error as Error).message}`)
  }
  const found = statSync(name, { throwIfNoEntry: false })
  if (found?.isDirectory()) refuse(new Error('it is a folder'))
  try {
    accessSync(found ? name : path.dirname(path.resolve(name)), constants.W_OK)
  } catch (error) {
    refuse(error)
  }
}

/** Writes a file. */
export const write = (option: string, name: string, content: string): void => {
  try {
    writeFileSync(name, content)
  } catch (error) {
    throw new Error(`${option}: ${name} cannot be written: ${(error as Error).message}`)
  }
}

/** What the commands that make an object have in common. */
export interface ObjectOptions {
  timeout?: number | undefined
  active?: boolean | undefined
  isolated?: boolean | undefined
  apartment: 'sta' | 'mta'
  emulate?: string | undefined
}

/** Adds the options of the commands that make an object. */
export const objectOptions = (command: Command): Command =>
  command
    .option('-t, --timeout <time>', 'cancel each call that takes longer: 500ms, 5s, 2m', duration)
    .option('--active', 'use the object that is running (GetActiveObject) and create none')
    .option('--isolated', 'put an in-process class into a host process, so that its calls can be canceled')
    .addOption(
      new Option('--apartment <kind>', 'the apartment of the thread').choices(['sta', 'mta']).default('sta'),
    )
    .option('--emulate <module>', 'use the emulator with the classes that a module registers', file)

/** Adds the option for programs that read the output. */
export const jsonOption = (command: Command, what = 'print JSON'): Command => command.option('--json', what)
