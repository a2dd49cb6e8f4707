// The command `watch`: prints the events of an object as lines.
import { once } from 'node:events'
import { nearest } from '../errors/nearest'
import type { ComArgument, ComResult, ServerCall } from '../index'
import { argumentOf } from './arguments'
import { UsageError } from './exits'
import type { ObjectOptions } from './options'
import { plain, shown } from './results'
import { prepare, type Session, withObject } from './session'
import { print, styled, withSpinner } from './terminal'

export interface WatchOptions extends ObjectOptions {
  json?: boolean | undefined
  count?: number | undefined
  for?: number | undefined
  call?: string | undefined
}

/** The events that the object has; of those that were named, each as the object spells it. */
const chosenEvents = async (
  { object, signal }: Session,
  progId: string,
  named: readonly string[],
): Promise<string[]> => {
  const { events } = await withSpinner(`describing ${progId}`, object.describe({ signal }))
  const [source] = events
  const names = source?.members.filter(({ restricted }) => !restricted).map(({ name }) => name) ?? []
  if (names.length === 0) throw new Error(`${progId} has no events that its type information names`)
  if (named.length === 0) return names
  return named.map(name => {
    const found = names.find(each => each.toLowerCase() === name.toLowerCase())
    if (found !== undefined) return found
    const meant = nearest(name, names)
    throw new UsageError(
      `${progId} has no event ${name}${meant === undefined ? `; it has ${names.join(', ')}` : `; did you mean ${meant}?`}`,
    )
  })
}

/** A call as it is written in `--call`: `Start` or `Start 10 20`. */
const callOf = (text: string): { member: string; args: ComArgument[] } => {
  const [member = '', ...args] = text.trim().split(/\s+/)
  return { member, args: args.map(argumentOf) }
}

/** Makes the call. The end of the watch cancels it. */
const make = async (
  { object }: Session,
  call: ReturnType<typeof callOf>,
  signal: AbortSignal,
): Promise<void> => {
  try {
    await object.call(call.member, call.args, { signal })
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

export const watch = async (
  progId: string,
  named: readonly string[],
  options: WatchOptions,
): Promise<void> => {
  const { json = false, count = Number.POSITIVE_INFINITY, for: time } = options
  await prepare(options.emulate)
  const call = options.call === undefined ? undefined : callOf(options.call)
  await withObject(progId, options, async session => {
    const events = await chosenEvents(session, progId, named)
    const end = new AbortController()
    let seen = 0
    const show = (event: string, args: readonly ComResult[]) => {
      if (seen >= count) return
      const at = new Date()
      if (json) print(JSON.stringify({ time: at.toISOString(), event, args: args.map(plain) }))
      else
        print(
          `${styled('dim', at.toISOString().slice(11, 23))}  ${styled('bold', event)}  ${args.map(shown).join(', ')}`.trimEnd(),
        )
      if (++seen >= count) end.abort()
    }
    const handlers = Object.fromEntries(
      events.map(event => [event, (_: ServerCall, ...args: ComResult[]) => show(event, args)]),
    )
    const connection = await session.object.connect(handlers, { signal: session.signal })
    try {
      if (!json) process.stderr.write(`watching ${events.join(', ')} of ${progId}; Ctrl-C ends\n`)
      const limits = [session.signal, end.signal, ...(time === undefined ? [] : [AbortSignal.timeout(time)])]
      const ended = AbortSignal.any(limits)
      const over = ended.aborted ? Promise.resolve() : once(ended, 'abort')
      // A timer keeps the program alive: neither a connection nor a signal with a timeout does in each binding.
      const alive = setInterval(() => {}, 1 << 30)
      try {
        await Promise.all([over, call && make(session, call, ended)])
      } finally {
        clearInterval(alive)
      }
    } finally {
      await connection.disconnect()
    }
  })
}
