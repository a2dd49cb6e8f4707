// The command `call`: calls a member of an object, late bound, and prints the result.
import type { ComObject } from '../index'
import { argumentOf, namedArguments } from './arguments'
import { UsageError } from './exits'
import type { ObjectOptions } from './options'
import { printResult } from './results'
import { api, prepare, withObject } from './session'
import { withSpinner } from './terminal'

export interface CallCommandOptions extends ObjectOptions {
  get?: boolean | undefined
  set?: boolean | undefined
  setReference?: boolean | undefined
  named: string[]
  json?: boolean | undefined
}

/** The path of a member: `Workbooks.Count` gets `Workbooks`, then calls `Count`. */
const pathOf = (member: string): { through: string[]; last: string } => {
  const names = member.split('.')
  const last = names.pop() ?? ''
  if (last === '' || names.includes(''))
    throw new UsageError(`${member} is no member: a name, or a path of properties such as Workbooks.Count`)
  return { through: names, last }
}

const kindOf = ({ get, set, setReference }: CallCommandOptions): 'call' | 'get' | 'set' | 'setReference' => {
  const chosen = [get && '--get', set && '--set', setReference && '--set-reference'].filter(Boolean)
  if (chosen.length > 1) throw new UsageError(`${chosen.join(' and ')} exclude each other`)
  return get ? 'get' : set ? 'set' : setReference ? 'setReference' : 'call'
}

/** The object that a path of properties leads to. */
const follow = async (
  object: ComObject,
  through: readonly string[],
  signal: AbortSignal,
): Promise<ComObject> => {
  const { ComObject } = api()
  let found = object
  for (const name of through) {
    const next = await withSpinner(name, found.get(name, [], { signal }))
    if (!(next instanceof ComObject)) throw new Error(`${name} is no object, so it has no members`)
    found = next
  }
  return found
}

export const call = async (
  progId: string,
  member: string,
  texts: readonly string[],
  options: CallCommandOptions,
): Promise<void> => {
  const kind = kindOf(options)
  const { through, last } = pathOf(member)
  const setting = kind === 'set' || kind === 'setReference'
  if (setting && texts.length === 0) throw new UsageError(`${member} must be followed by the value to set`)
  if (setting && options.named.length > 0)
    throw new UsageError('--named is for calls, not for properties that are set')
  await prepare(options.emulate)
  const prepared = { args: texts.map(argumentOf), named: namedArguments(options.named) }
  await withObject(progId, options, async ({ object, signal }) => {
    const target = await follow(object, through, signal)
    const { args, named } = prepared
    if (kind === 'call' || kind === 'get')
      printResult(await withSpinner(member, target[kind](last, args, { named, signal })), options.json)
    else {
      const indexes = args.slice(0, -1)
      await withSpinner(member, target[kind](last, args.at(-1), { args: indexes, signal }))
    }
  })
}
