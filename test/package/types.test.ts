// The types of the package: the programs of test/types compile, with each TypeScript and each way to resolve modules.
// An @ts-expect-error in them without an error is an error.
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { declarationsOf } from '../../dist/cli/declarations.js'
import { ofLibrary, ofObject } from '../../dist/cli/types.js'
import { described, library } from '../support/described'
import { isLongRun } from '../support/repetitions'

const root = path.join(import.meta.dirname, '../..')
let consumer: string

/** The folder is in the project, so that @types/node is found as a program finds it. */
beforeAll(() => {
  mkdirSync(path.join(root, 'build'), { recursive: true })
  consumer = mkdtempSync(path.join(root, 'build/types-'))
  const installed = path.join(consumer, 'node_modules/com-cancel')
  for (const part of ['dist', 'binding.d.ts', 'package.json'])
    cpSync(path.join(root, part), path.join(installed, part), {
      recursive: true,
      filter: file => !/\.(js|map)$/.test(file),
    })
  cpSync(path.join(root, 'test/types'), consumer, { recursive: true })
  writeFileSync(path.join(consumer, 'package.json'), '{ "private": true }')
})

afterAll(() => rmSync(consumer, { recursive: true, force: true }))

/** In the gate the oldest and the newest: each takes seconds of the processor. */
const versions = isLongRun
  ? ['typescript-5.2', 'typescript-5.5', 'typescript-6', 'typescript']
  : ['typescript-5.2', 'typescript']

/** The options of `tsc --init` that check, those in comments included. */
const strictest = {
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  noImplicitReturns: true,
  noImplicitOverride: true,
  noUnusedLocals: true,
  noUnusedParameters: true,
  noFallthroughCasesInSwitch: true,
  noPropertyAccessFromIndexSignature: true,
  allowUnusedLabels: false,
  allowUnreachableCode: false,
  isolatedModules: true,
}

/** The messages of a compiler on some programs. */
const messages = (version: string, name: string, files: string[], options: object): Promise<string> => {
  const config = path.join(consumer, `${name}.json`)
  const compilerOptions = { ...strictest, noEmit: true, skipLibCheck: true, types: ['node'], ...options }
  writeFileSync(config, JSON.stringify({ compilerOptions, files }))
  const compiler = path.join(root, 'node_modules', version, 'bin/tsc')
  return new Promise(resolve =>
    execFile(process.execPath, [compiler, '-p', config], (error, stdout, stderr) =>
      resolve(error ? `${stdout}${stderr}` || String(error) : stdout),
    ),
  )
}

const node16 = { module: 'node16', moduleResolution: 'node16' }

describe.each(versions)('%s', version => {
  it('compiles the declarations, with no library beyond ES2022 and Node.js', async () => {
    const options = { target: 'es2022', lib: ['es2022'], skipLibCheck: false, ...node16 }
    expect(await messages(version, 'interface', ['interface.ts', 'untyped.ts'], options)).toBe('')
  })

  it('types Excel by @types/activex-excel', async () => {
    const types = ['node', 'activex-excel', 'activex-scripting']
    expect(await messages(version, 'excel', ['excel.ts'], { target: 'es2022', ...node16, types })).toBe('')
  })
})

it.each(['typescript-5.2', 'typescript'])('%s compiles what com-cancel types makes', async version => {
  writeFileSync(path.join(consumer, 'made.d.ts'), declarationsOf(ofObject('Test.Shop', described, true)))
  writeFileSync(path.join(consumer, 'library.d.ts'), declarationsOf(ofLibrary('mill.tlb', library)))
  const options = { target: 'es2022', lib: ['es2022'], skipLibCheck: false, ...node16 }
  expect(await messages(version, 'described', ['described.ts'], options)).toBe('')
})

it.each([
  ['typescript-5.5', 'node', { module: 'commonjs', moduleResolution: 'node' }],
  ['typescript', 'nodenext', { module: 'nodenext', moduleResolution: 'nodenext' }],
  ['typescript-5.5', 'bundler', { module: 'esnext', moduleResolution: 'bundler' }],
  ['typescript', 'bundler', { module: 'esnext', moduleResolution: 'bundler' }],
])('%s finds both entry points with moduleResolution %s', async (version, resolution, options) => {
  const lib = ['es2022']
  expect(await messages(version, resolution, ['interface.ts'], { target: 'es2022', lib, ...options })).toBe(
    '',
  )
})
