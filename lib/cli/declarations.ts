// TypeScript declarations of interfaces and enumerations, in the form that typed views take.
import type {
  ComEnumDescription,
  ComInterfaceDescription,
  ComMemberDescription,
  ComParameterDescription,
} from '../index'
import { plain } from './results'

/** What Automation's types are in JavaScript. Results and arguments have the same. */
const automationTypes: Readonly<Record<string, string>> = {
  '': 'any',
  empty: 'undefined',
  null: 'null',
  void: 'void',
  hresult: 'void',
  bool: 'boolean',
  i1: 'number',
  ui1: 'number',
  i2: 'number',
  ui2: 'number',
  i4: 'number',
  ui4: 'number',
  int: 'number',
  uint: 'number',
  int_ptr: 'number',
  uint_ptr: 'number',
  i8: 'bigint',
  ui8: 'bigint',
  r4: 'number',
  r8: 'number',
  cy: 'ComDecimal',
  decimal: 'ComDecimal',
  date: 'Date',
  bstr: 'string',
  lpstr: 'string',
  lpwstr: 'string',
  error: 'ComErrorValue',
  dispatch: 'any',
  unknown: 'any',
  variant: 'any',
}

/** The aliases of the standard library of Automation (stdole). */
const standardAliases = new Map<string, string>([
  ['OLE_COLOR', 'number'],
  ['OLE_HANDLE', 'number'],
  ['OLE_OPTEXCLUSIVE', 'boolean'],
  ['OLE_CANCELBOOL', 'boolean'],
  ['OLE_ENABLEDEFAULTBOOL', 'boolean'],
  ...['X', 'Y'].flatMap(axis =>
    ['PIXELS', 'HIMETRIC', 'CONTAINER'].flatMap(unit =>
      ['POS', 'SIZE'].map(what => [`OLE_${axis}${what}_${unit}`, 'number'] as const),
    ),
  ),
])

/** The DISPID of what enumerates a collection. */
const ENUMERATOR = -4

/** Names that mean something else inside a namespace of declarations. */
const taken = new Set([
  ...Object.values(automationTypes),
  ...['Uint8Array', 'Iterator', 'Array', 'Symbol'],
  ...['break', 'case', 'catch', 'class', 'const', 'continue', 'debugger', 'default', 'delete', 'do', 'else'],
  ...['enum', 'export', 'extends', 'false', 'finally', 'for', 'function', 'if', 'import', 'in', 'instanceof'],
  ...['new', 'return', 'super', 'switch', 'this', 'throw', 'true', 'try', 'typeof', 'var', 'while', 'with'],
  ...['implements', 'interface', 'let', 'package', 'private', 'protected', 'public', 'static', 'yield'],
  ...['await', 'object', 'symbol', 'never', 'type', 'namespace', 'declare', 'arguments', 'eval'],
])

const isIdentifier = (name: string): boolean => /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(name)

/** A name that can be declared: other characters become `_`, and a name that is taken gets one. */
const declarable = (name: string): string => {
  const clean = name.replace(/[^\p{L}\p{N}_$]/gu, '_').replace(/^(?=\p{N}|$)/u, '_')
  return taken.has(clean) ? `${clean}_` : clean
}

const memberName = (name: string): string => (isIdentifier(name) ? name : JSON.stringify(name))

/** A comment of some lines; nothing where all are empty. */
const comment = (indent: string, lines: readonly (string | false | undefined)[]): string[] => {
  const kept = lines
    .flatMap(line => (line || '').split(/\r?\n/))
    .map(line => line.trim().replaceAll('*/', '*\\/'))
    .filter(line => line !== '')
  if (kept.length === 0) return []
  if (kept.length === 1) return [`${indent}/** ${kept[0]} */`]
  return [`${indent}/**`, ...kept.map(line => `${indent} * ${line}`), `${indent} */`]
}

/** An enumeration whose values are combined: powers of two. */
const isFlags = (values: readonly unknown[]): boolean =>
  values.some(value => typeof value === 'number' && value >= 4) &&
  values.every(value => typeof value === 'number' && value >= 0 && (value & (value - 1)) === 0)

class Declarations {
  readonly #namespace: string
  /** The declared name of each type that the type information names, in lower case. */
  readonly #known = new Map<string, string>()
  readonly #unknown = new Set<string>()
  readonly #imported = new Set<string>()
  readonly #typed: boolean

  constructor(namespace: string, typed: boolean) {
    this.#namespace = namespace
    this.#typed = typed
  }

  /** Makes a name known under which a type is declared. */
  know(name: string, declared: string): void {
    if (name !== '' && !this.#known.has(name.toLowerCase())) this.#known.set(name.toLowerCase(), declared)
  }

  /** The TypeScript type of a TypeName. */
  #typeOf(name: string): string {
    if (name.endsWith('[]')) {
      const element = name.slice(0, -2)
      return element === 'ui1' ? 'Uint8Array' : `${this.#typeOf(element)}[]`
    }
    const simple = Object.hasOwn(automationTypes, name) ? automationTypes[name] : standardAliases.get(name)
    if (simple === 'ComDecimal' || simple === 'ComErrorValue') this.#imported.add(simple)
    if (simple !== undefined) return simple
    const declared = this.#known.get(name.toLowerCase())
    if (declared === undefined) this.#unknown.add(name)
    return declared ?? 'any'
  }

  #valueType(name: string): string {
    const type = this.#typeOf(name)
    return type === 'void' ? 'any' : type
  }

  #parameters(parameters: readonly ComParameterDescription[]): string {
    const names = new Set<string>()
    const lastRequired = parameters.findLastIndex(({ optional }) => !optional)
    return parameters
      .map(({ name, type, optional }, i) => {
        let unique = name === '' ? `argument${i + 1}` : declarable(name)
        while (names.has(unique)) unique += '_'
        names.add(unique)
        const own = this.#valueType(type)
        // TypeScript has no optional parameter before a required one.
        if (optional && i < lastRequired) return `${unique}: ${own} | undefined`
        return `${unique}${optional ? '?' : ''}: ${own}`
      })
      .join(', ')
  }

  #notes(parameters: readonly ComParameterDescription[]): string[] {
    return parameters.flatMap(({ name, byRef, default: value }) => {
      const facts = [
        byRef && 'by reference',
        value !== undefined && `${JSON.stringify(plain(value))} if it is left out`,
      ].filter(Boolean)
      return facts.length > 0 ? [`@param ${declarable(name)} ${facts.join('; ')}`] : []
    })
  }

  /** All kinds of access to one member, as one declaration. */
  #member(kinds: readonly ComMemberDescription[]): string[] {
    const method = kinds.find(({ kind }) => kind === 'method')
    const get = kinds.find(({ kind }) => kind === 'get')
    const set = kinds.find(({ kind }) => kind === 'set' || kind === 'set-reference')
    const main = method ?? get ?? set
    if (!main) return []
    const { name, parameters, type, help, hidden } = main
    const text = comment('    ', [
      help,
      hidden && 'Hidden by the author of the type information.',
      !method && !get && 'It can be set, and not read.',
      ...this.#notes(parameters),
    ])
    const key = memberName(name)
    if (method) text.push(`    ${key}(${this.#parameters(parameters)}): ${this.#typeOf(type)}`)
    else if (parameters.length > 0)
      text.push(`    ${key}(${this.#parameters(parameters)}): ${this.#valueType(type)}`)
    else text.push(`    ${set ? '' : 'readonly '}${key}: ${this.#valueType(type)}`)
    return text
  }

  /** What makes an object callable, and what it iterates over. */
  #collection(members: readonly ComMemberDescription[]): string[] {
    const item = members.find(
      ({ dispid, kind, parameters }) =>
        dispid === 0 && (kind === 'get' || kind === 'method') && parameters.length > 0,
    )
    const hasItem = members.some(({ name }) => name.toLowerCase() === 'item')
    const iterates = members.some(({ dispid }) => dispid === ENUMERATOR)
    return [
      ...(item ? [`    (${this.#parameters(item.parameters)}): ${this.#valueType(item.type)}`] : []),
      ...(iterates && !hasItem && !item ? ['    [Symbol.iterator](): Iterator<any>'] : []),
    ]
  }

  /** An event: an untyped description does not tell its parameters. */
  #event(member: ComMemberDescription): string[] {
    const { name, parameters, help } = member
    const list = this.#typed ? this.#parameters(parameters) : '...args: any[]'
    return [
      ...comment('    ', [help, ...this.#notes(parameters)]),
      `    ${memberName(name)}(${list}): ${this.#typeOf(member.type)}`,
    ]
  }

  eventsText(declared: string, { name, help, members }: ComInterfaceDescription): string[] {
    return [
      ...comment('  ', [help, name !== declared && name !== '' && `The event interface ${name}.`]),
      `  interface ${declared} {`,
      ...members.filter(({ restricted }) => !restricted).flatMap(member => this.#event(member)),
      '  }',
      '',
    ]
  }

  interfaceText(declared: string, { name, help, members }: ComInterfaceDescription): string[] {
    const usable = members.filter(({ restricted, dispid }) => !restricted && dispid !== ENUMERATOR)
    const byName = grouped(usable, member => member.name.toLowerCase())
    return [
      ...comment('  ', [help, name !== declared && name !== '' && `The interface ${name}.`]),
      `  interface ${declared} {`,
      ...this.#collection(members),
      ...[...byName.values()].flatMap(kinds => this.#member(kinds)),
      '  }',
      '',
    ]
  }

  enumText(declared: string, { help, constants }: ComEnumDescription): string[] {
    const values = constants.map(({ value }) => value)
    const literals = values.filter(value => typeof value === 'number' || typeof value === 'string')
    const union = [...new Set(literals.map(value => JSON.stringify(value)))].join(' | ')
    const listed = constants.map(each => [each.name, plain(each.value), each.help] as const)
    const notes = listed.map(([name, value, about]) => `${name} = ${value}${about && `: ${about}`}`)
    const type = isFlags(values) || union === '' ? 'number' : union
    return [...comment('  ', [help, ...notes]), `  type ${declared} = ${type}`, '']
  }

  /** The whole file. */
  file(head: string, body: readonly string[], classes: readonly string[]): string {
    const imported = [...this.#imported].sort().join(', ')
    const unknown = [...this.#unknown].sort()
    return [
      head,
      ...(unknown.length > 0
        ? [`// Types that are named and not described, so that they are any: ${unknown.join(', ')}.`]
        : []),
      '',
      ...(imported ? [`import type { ${imported} } from 'com-cancel'`, ''] : []),
      `export declare namespace ${this.#namespace} {`,
      ...body.slice(0, -1),
      '}',
      '',
      ...(classes.length > 0
        ? ["declare module 'com-cancel' {", ...classes.map(line => `  ${line}`), '}', '']
        : []),
    ].join('\n')
  }
}

const grouped = <T>(list: readonly T[], keyOf: (each: T) => string): Map<string, T[]> => {
  const groups = new Map<string, T[]>()
  for (const each of list) {
    const key = keyOf(each)
    groups.set(key, [...(groups.get(key) ?? []), each])
  }
  return groups
}

/** A class, and the names of its default interface and its default event interface. */
export interface DeclaredClass {
  name: string
  progIds: readonly string[]
  interface: string | null
  events: string | null
}

/** What is declared. */
export interface Declared {
  /** What it is made of, for the first line. */
  title: string
  namespace: string
  classes: readonly DeclaredClass[]
  interfaces: readonly ComInterfaceDescription[]
  enums: readonly ComEnumDescription[]
  /** Whether the descriptions have types, as those of real objects have. */
  typed: boolean
}

const same = (one: string | null, other: string): boolean => one?.toLowerCase() === other.toLowerCase()

/** The extension of ComClasses or ComEvents. */
const extension = (
  name: string,
  namespace: string,
  entries: readonly (readonly [progId: string, declared: string | undefined])[],
): string[] => {
  const lines = entries.flatMap(([progId, declared]) =>
    declared === undefined ? [] : [`  ${JSON.stringify(progId)}: ${namespace}.${declared}`],
  )
  return lines.length > 0 ? [`interface ${name} {`, ...lines, '}'] : []
}

/**
 * The declarations: a namespace with the interfaces and enumerations, and the extension of ComClasses and ComEvents by
 * which `createObject` finds those of a ProgID. The default interface of a class has the name of the class.
 */
export const declarationsOf = ({ title, classes, interfaces, enums, typed, ...rest }: Declared): string => {
  const namespace = declarable(rest.namespace)
  const declarations = new Declarations(namespace, typed)
  const used = new Set<string>()
  const unique = (name: string): string => {
    let found = declarable(name)
    while (used.has(found)) found += '_'
    used.add(found)
    return found
  }
  const isEvents = ({ name }: ComInterfaceDescription): boolean =>
    classes.some(each => same(each.events, name))
  const named = interfaces.map(described => {
    const owner = classes.find(each => same(each.interface, described.name))
    const declared = unique(owner?.name || described.name)
    declarations.know(described.name, declared)
    return { described, declared }
  })
  const declaredName = (name: string | null): string | undefined =>
    named.find(({ described }) => same(name, described.name))?.declared
  for (const each of classes) declarations.know(each.name, declaredName(each.interface) ?? 'any')
  const namedEnums = enums.map(each => {
    const declared = unique(each.name)
    declarations.know(each.name, declared)
    return { each, declared }
  })
  const body = [
    ...named.flatMap(({ described, declared }) =>
      isEvents(described)
        ? declarations.eventsText(declared, described)
        : declarations.interfaceText(declared, described),
    ),
    ...namedEnums.flatMap(({ each, declared }) => declarations.enumText(declared, each)),
  ]
  const entries = (which: 'interface' | 'events') =>
    classes.flatMap(each => each.progIds.map(progId => [progId, declaredName(each[which])] as const))
  return declarations.file(
    `// ${title}: declarations for com-cancel, made by com-cancel types from type information.`,
    body,
    [
      ...extension('ComClasses', namespace, entries('interface')),
      ...extension('ComEvents', namespace, entries('events')),
    ],
  )
}
