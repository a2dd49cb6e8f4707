// The declarations of the package, read with the API of TypeScript 6: what editors show of the public API.
import path from 'node:path'
import ts from 'typescript-6'
import { describe, expect, it } from 'vitest'

const root = path.join(import.meta.dirname, '../..')
const entries = ['dist/index.d.ts', 'dist/emulator/index.d.ts'].map(file => path.join(root, file))

const program = ts.createProgram(entries, {
  lib: ['lib.es2022.d.ts'],
  module: ts.ModuleKind.Node16,
  moduleResolution: ts.ModuleResolutionKind.Node16,
  strict: true,
  exactOptionalPropertyTypes: true,
  types: ['node'],
  typeRoots: [path.join(root, 'node_modules/@types')],
})
const checker = program.getTypeChecker()

/** What a module exports, by name, without re-exports of Node.js. */
const exportsOf = (entry: string): Map<string, ts.Symbol> => {
  const file = program.getSourceFile(entry)
  const module = file && checker.getSymbolAtLocation(file)
  if (!module) throw new Error(`${entry} is no module`)
  return new Map(
    checker
      .getExportsOfModule(module)
      .map(each => [each.name, each.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(each) : each]),
  )
}

const main = exportsOf(entries[0] ?? '')
const all = new Map(entries.flatMap(entry => [...exportsOf(entry)]))

const isClass = (symbol: ts.Symbol): boolean => (symbol.flags & ts.SymbolFlags.Class) !== 0

/** The type of a function, a class (its constructor) or a variable. */
const valueType = (symbol: ts.Symbol): ts.Type => checker.getTypeOfSymbol(symbol)

/** The members of a class that the library declares, static ones included. */
const membersOf = (symbol: ts.Symbol): ts.Symbol[] =>
  [
    ...checker.getPropertiesOfType(valueType(symbol)),
    ...checker.getDeclaredTypeOfSymbol(symbol).getProperties(),
  ].filter(member => member.declarations?.some(each => symbol.declarations?.includes(each.parent as never)))

/** The functions of the main entry, and the methods of its classes, with what calls them. */
const signatures = (): [string, ts.Signature][] =>
  [...main].flatMap(([name, symbol]) => {
    if (!(symbol.flags & ts.SymbolFlags.Value)) return []
    const own = valueType(symbol)
      .getCallSignatures()
      .map((each): [string, ts.Signature] => [name, each])
    if (!isClass(symbol)) return own
    return membersOf(symbol).flatMap(member =>
      valueType(member)
        .getCallSignatures()
        .map((each): [string, ts.Signature] => [`${name}.${member.name}`, each]),
    )
  })

describe('the declarations', () => {
  it('document each parameter of functions and methods', () => {
    const missing = signatures().flatMap(([name, signature]) => {
      const tags = signature.getJsDocTags().filter(tag => tag.name === 'param')
      const documented = tags.map(tag => tag.text?.[0]?.text)
      return signature.parameters
        .filter(parameter => !documented.includes(parameter.name))
        .map(parameter => `${name}: ${parameter.name}`)
    })
    expect(signatures().length).toBeGreaterThan(50)
    expect(missing).toEqual([])
  })

  it('show how each class is used', () => {
    const classes = [...main].filter(([, symbol]) => isClass(symbol))
    expect(classes.length).toBeGreaterThan(10)
    const without = classes.filter(
      ([, symbol]) => !symbol.getJsDocTags(checker).some(tag => tag.name === 'example'),
    )
    expect(without.map(([name]) => name)).toEqual([])
  })

  it('let each option be undefined, as with exactOptionalPropertyTypes it else may not', () => {
    const options = [...all].filter(([name]) => /(Options|Init)$/.test(name))
    expect(options.length).toBeGreaterThan(10)
    const refusing = options.flatMap(([name, symbol]) =>
      checker
        .getDeclaredTypeOfSymbol(symbol)
        .getProperties()
        .filter(property => property.flags & ts.SymbolFlags.Optional)
        .filter(property =>
          property.declarations?.some(
            each => ts.isPropertySignature(each) && !/\bundefined$/.test(each.type?.getText() ?? ''),
          ),
        )
        .map(property => `${name}.${property.name}`),
    )
    expect(refusing).toEqual([])
  })

  it('have no constructor that programs must not call', () => {
    const documented = [
      'CancelObject',
      'ComAbortError',
      'ComError',
      'ComErrorValue',
      'EmulatedObject',
      'Emulator',
    ]
    const callable = [...all].filter(
      ([, symbol]) =>
        isClass(symbol) &&
        valueType(symbol)
          .getConstructSignatures()
          .some(each => {
            const flags = each.declaration
              ? ts.getCombinedModifierFlags(each.declaration)
              : ts.ModifierFlags.None
            return (flags & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)) === 0
          }),
    )
    expect(callable.map(([name]) => name).sort()).toEqual(documented)
  })

  it('have no member that is the library’s own', () => {
    const texts = program.getSourceFiles().filter(file => file.fileName.includes('/dist/'))
    expect(texts.filter(file => file.text.includes('@internal')).map(file => file.fileName)).toEqual([])
  })
})
