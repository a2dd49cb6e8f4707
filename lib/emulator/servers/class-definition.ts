// Checks the class definitions that programs pass to Emulator.registerClass.
import type { Architecture } from '../../../binding'
import * as validate from '../../errors/validate'
import type { ClassDefinition } from './definition'
import { machineOf } from './machines'
import { guidOf, Members, objectKeys } from './members'

const REGISTER_CLASS = 'Emulator.registerClass'

const classKeys: validate.Keys<ClassDefinition<object>> = {
  progId: true,
  clsid: true,
  threading: true,
  server: true,
  architecture: true,
  machine: true,
  create: true,
  ...objectKeys,
}

export interface CheckedClass<State extends object> {
  readonly progId: string
  /** Lower case, without braces. */
  readonly clsid: string
  readonly server: 'local' | 'inproc'
  /** What its server in process is built for; none for a local server. */
  readonly architectures: readonly Architecture[]
  /** Lower case; null for this machine. */
  readonly machine: string | null
  readonly threading: 'sta' | 'mta' | 'both'
  readonly definition: Partial<ClassDefinition<State>>
  readonly members: Members
}

/** The architecture of the emulated machine, and of the program. */
export const OWN_ARCHITECTURE: Architecture = 'x64'

export const allArchitectures: readonly Architecture[] = ['x64', 'ia32', 'arm64']

const checkArchitectures = (
  server: 'local' | 'inproc',
  given: Architecture | readonly Architecture[] | undefined,
): readonly Architecture[] => {
  if (server === 'local') {
    if (given === undefined) return []
    throw new RangeError(`${REGISTER_CLASS}: architecture is for servers in process; this one is 'local'`)
  }
  const list = given === undefined ? [OWN_ARCHITECTURE] : Array.isArray(given) ? given : [given]
  if (list.length === 0) throw new RangeError(`${REGISTER_CLASS}: architecture must not be empty`)
  return list.map(each => validate.oneOf(REGISTER_CLASS, 'architecture', each, allArchitectures))
}

/** Throws TypeError or RangeError for a bad definition. */
export const checkClass = <State extends object>(given: ClassDefinition<State>): CheckedClass<State> => {
  const definition = validate.options<ClassDefinition<State>>(REGISTER_CLASS, given, classKeys, 'definition')
  const { clsid, server: givenServer = 'local', create } = definition
  const progId = validate.name(REGISTER_CLASS, 'progId', definition.progId)
  if (progId.startsWith('{')) throw new RangeError(`${REGISTER_CLASS}: progId must not be a CLSID`)
  const checkedClsid =
    clsid === undefined
      ? guidOf(`class ${progId.toLowerCase()}`)
      : validate.interfaceId(REGISTER_CLASS, clsid)
  const server = validate.oneOf(REGISTER_CLASS, 'server', givenServer, ['local', 'inproc'] as const)
  const architectures = checkArchitectures(server, definition.architecture)
  const { threading: givenThreading = server === 'local' ? 'mta' : 'both' } = definition
  const threading = validate.oneOf(REGISTER_CLASS, 'threading', givenThreading, [
    'sta',
    'mta',
    'both',
  ] as const)
  if (server === 'local' && threading === 'both')
    throw new RangeError(`${REGISTER_CLASS}: threading of a local server must be 'sta' or 'mta'`)
  const machine =
    definition.machine === undefined
      ? null
      : machineOf(validate.name(REGISTER_CLASS, 'machine', definition.machine))
  if (machine !== null && server !== 'local')
    throw new RangeError(
      `${REGISTER_CLASS}: the server of a class on another machine must be 'local', got '${server}'`,
    )
  if (create !== undefined) validate.callback(REGISTER_CLASS, 'create', create)
  const members = new Members(REGISTER_CLASS, progId, definition, { progId, clsid: checkedClsid })
  return { progId, clsid: checkedClsid, server, architectures, machine, threading, definition, members }
}
