// Checks what a program passes to Emulator.registerClass.
import * as validate from '../../errors/validate'
import type { ClassDefinition } from './definition'
import { guidOf, Members, OBJECT_KEYS } from './members'

const where = 'Emulator.registerClass'

const CLASS_KEYS = ['progId', 'clsid', 'threading', 'server', 'create', ...OBJECT_KEYS]

export interface CheckedClass<State extends object> {
  readonly progId: string
  /** Lower case, without braces. */
  readonly clsid: string
  readonly server: 'local' | 'inproc'
  readonly threading: 'sta' | 'mta' | 'both'
  readonly definition: Partial<ClassDefinition<State>>
  readonly members: Members
}

/** Throws TypeError or RangeError for a bad definition. */
export const checkClass = <State extends object>(given: ClassDefinition<State>): CheckedClass<State> => {
  const definition = validate.options<ClassDefinition<State>>(where, given, 'definition')
  validate.nothingBut(where, 'definition', definition, CLASS_KEYS)
  const { clsid, server: givenServer = 'local', create } = definition
  const progId = validate.name(where, 'progId', definition.progId)
  if (progId.startsWith('{')) throw new RangeError(`${where}: progId must not be a CLSID`)
  const checkedClsid =
    clsid === undefined ? guidOf(`class ${progId.toLowerCase()}`) : validate.interfaceId(where, clsid)
  const server = validate.oneOf(where, 'server', givenServer, ['local', 'inproc'] as const)
  const { threading: givenThreading = server === 'local' ? 'mta' : 'both' } = definition
  const threading = validate.oneOf(where, 'threading', givenThreading, ['sta', 'mta', 'both'] as const)
  if (server === 'local' && threading === 'both')
    throw new RangeError(`${where}: threading of a local server must be 'sta' or 'mta'`)
  if (create !== undefined) validate.callback(where, 'create', create)
  const members = new Members(where, progId, definition)
  return { progId, clsid: checkedClsid, server, threading, definition, members }
}
