// The names of machines: this one, and others on which emulated classes are registered.
import { hostname } from 'node:os'

const thisMachine = new Set(['localhost', '127.0.0.1', '::1', hostname().toLowerCase()])

/** The name in lower case; null for a name of this machine. */
export const machineOf = (name: string): string | null => {
  const lower = name.toLowerCase()
  return thisMachine.has(lower) ? null : lower
}

/** A name of a class, unique over all machines. */
export const nameOn = (machine: string | null, name: string): string =>
  machine === null ? name : `\\\\${machine}\\${name}`
