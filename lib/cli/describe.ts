// The command `describe`: the members of an object, by its type information.
import type {
  ComDescription,
  ComEnumDescription,
  ComInterfaceDescription,
  ComMemberDescription,
  ComParameterDescription,
} from '../index'
import type { ObjectOptions } from './options'
import { plain } from './results'
import { prepare, withObject } from './session'
import { print, printJson, styled, table, withSpinner } from './terminal'

export interface DescribeOptions extends ObjectOptions {
  all?: boolean | undefined
  json?: boolean | undefined
}

/** The description of a new object of a class. */
const described = async (progId: string, options: ObjectOptions): Promise<ComDescription> => {
  await prepare(options.emulate)
  return withObject(progId, options, ({ object, signal }) =>
    withSpinner(`describing ${progId}`, object.describe({ signal })),
  )
}

const parameterText = ({ name, type, byRef, optional, default: value }: ComParameterDescription): string => {
  const typed = `${byRef ? 'byref ' : ''}${name}${type && `: ${type}`}`
  const usual = value === undefined ? '' : ` = ${JSON.stringify(plain(value))}`
  return optional ? `[${typed}${usual}]` : typed
}

/** The row of a table: kind, type, name with parameters, help. */
const memberRow = ({ kind, name, parameters, type, help }: ComMemberDescription): string[] => {
  const list = parameters.map(parameterText).join(', ')
  return [kind, type, parameters.length > 0 || kind === 'method' ? `${name}(${list})` : name, help]
}

const printInterface = (title: string, { name, iid, help, members }: ComInterfaceDescription): void => {
  print(`\n${styled('bold', title)}  ${[name, iid && `{${iid}}`, help].filter(Boolean).join('  ')}`)
  for (const line of table(members.map(memberRow))) print(`  ${line}`)
  if (members.length === 0) print('  (no members)')
}

const printEnum = ({ name, help, constants }: ComEnumDescription): void => {
  print(`\n${styled('bold', 'enumeration')}  ${[name, help].filter(Boolean).join('  ')}`)
  for (const line of table(
    constants.map(constant => [constant.name, String(plain(constant.value)), constant.help]),
  ))
    print(`  ${line}`)
}

/** Without the members that are not meant for users and programs. */
const shownMembers = (of: ComInterfaceDescription, all: boolean): ComInterfaceDescription =>
  all ? of : { ...of, members: of.members.filter(({ hidden, restricted }) => !hidden && !restricted) }

/** Default values and constants as JSON has them. */
const asJson = (description: ComDescription): unknown => {
  const interfaceJson = (of: ComInterfaceDescription) => ({
    ...of,
    members: of.members.map(member => ({
      ...member,
      parameters: member.parameters.map(({ default: value, ...parameter }) =>
        value === undefined ? parameter : { ...parameter, default: plain(value) },
      ),
    })),
  })
  return {
    ...description,
    interface: interfaceJson(description.interface),
    events: description.events.map(interfaceJson),
    enums: description.enums.map(each => ({
      ...each,
      constants: each.constants.map(constant => ({ ...constant, value: plain(constant.value) })),
    })),
  }
}

export const describe = async (progId: string, options: DescribeOptions): Promise<void> => {
  const { all = false, json } = options
  const found = await described(progId, options)
  const { class: known, interface: own, events, enums } = found
  const kept = {
    ...found,
    interface: shownMembers(own, all),
    events: events.map(each => shownMembers(each, all)),
  }
  if (json) return printJson(asJson(kept))
  print(
    [
      styled('bold', 'class'),
      known?.name ?? '(not known)',
      known && `{${known.clsid}}`,
      known?.progId,
      known?.help,
    ]
      .filter(Boolean)
      .join('  '),
  )
  printInterface('interface', kept.interface)
  for (const each of kept.events) printInterface('events', each)
  for (const each of enums) printEnum(each)
}
