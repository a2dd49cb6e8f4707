// The representation of COM objects in util.inspect, assertions, JSON.stringify and structuredClone.
import { inspect } from 'node:util'
import type { HeldPointer } from '../calls/held-pointer'

/** The longest name that is shown: a moniker may contain a whole script. */
const LONGEST = 60

const short = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text)

/** `ComObject { Excel.Application, thread 4100 }`. */
export const braces = (name: string, parts: readonly (string | false | undefined)[]): string =>
  `${name} { ${parts.filter(part => part).join(', ')} }`

/** The name of an object, if it is known without a call, its thread and host process, and whether it was released. */
export const partsOf = (held: HeldPointer): (string | false | undefined)[] => [
  held.name && short(held.name),
  `thread ${held.caller.thread.id}`,
  held.host?.text,
  held.released ? 'released' : held.caller.state === 'disposed' && 'disposed',
]

/** Defines what util.inspect shows for a value. For a Proxy, define it on the target. */
export const showAs = (value: object, text: () => string): void => {
  Object.defineProperty(value, inspect.custom, { value: text })
}

let lastIdentity = 0

/**
 * Gives an object a unique symbol. Assertions by value then distinguish two objects. structuredClone and postMessage
 * fail with a DataCloneError, because a symbol cannot be cloned; its message names the object and says what to do
 * `instead`.
 */
export const giveIdentity = (object: object, what: string, instead: string, text: () => string): void => {
  const identity = Symbol(`${what} ${++lastIdentity} belongs to its JavaScript thread; ${instead}`)
  Object.defineProperty(object, 'identity', { value: identity, enumerable: true })
  showAs(object, text)
}

/** The error of `toJSON`. */
export const noJson = (what: string, instead: string): TypeError =>
  new TypeError(`JSON.stringify: ${what}; ${instead}`)
