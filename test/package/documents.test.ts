// The code in the documents: whole programs in JavaScript run on the emulator and print what their comments say, other
// JavaScript and TypeScript compiles with the options of `tsc --init`, and C++ compiles. The recipes for test frameworks
// run in test/emulator/recipes.test.ts, and the workflows are checked by scripts/lint.mjs.
import { execFile, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { blocksOf, type CodeBlock, documents } from '../support/documents'

const root = path.join(import.meta.dirname, '../..')
let folder: string

beforeAll(() => {
  mkdirSync(path.join(root, 'build'), { recursive: true })
  folder = mkdtempSync(path.join(root, 'build/documents-'))
  mkdirSync(path.join(folder, 'node_modules'))
  symlinkSync(root, path.join(folder, 'node_modules/com-cancel'), 'junction')
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

const blocks = documents
  .flatMap(blocksOf)
  // The recipes: each is a program or a test of a framework.
  .filter(({ document, code }) => document !== 'docs/test-frameworks.md' && !code.includes("from 'vitest'"))

const importsEmulator = ({ code }: CodeBlock) => code.includes("from 'com-cancel/emulator'")

/** README.md and the page of the emulator have whole programs only, which use Emulator.shared. */
const hasPrograms = (document: string) => ['README.md', 'docs/emulator.md'].includes(document)

const isProgram = (block: CodeBlock) =>
  block.language === 'js' &&
  (importsEmulator(block) || block.file !== undefined || hasPrograms(block.document))

/** A program in a block, with the files that it needs. */
interface Program {
  block: CodeBlock
  code: string
  files: CodeBlock[]
}

const programs: Program[] = []
for (const document of documents) {
  const own = blocks.filter(block => block.document === document && isProgram(block))
  const started = (file: string) => own.some(({ code }) => code.includes(`./${file}`))
  for (const block of own) {
    const previous = programs.at(-1)
    // A block that uses the log of the one before continues it.
    if (previous && /^import .*\n\nwrite/.test(block.code)) previous.code += block.code
    else if (!block.file || !started(block.file))
      programs.push({ block, code: block.code, files: own.filter(({ file }) => file !== undefined) })
  }
}

const named = ({ document, line }: CodeBlock) => `${document}:${line}`

/** The words that the comments after console.log say. */
const saidIn = (code: string): string[] =>
  [...code.matchAll(/console\.log\(.*\)+ \/\/ (.+)$/gm)]
    .flatMap(([, said = '']) => said.split(/[\s,]+/))
    .map(word => word.replaceAll("'", ''))
    .map(word => (/^0x/.test(word) ? String(Number(word)) : word))

describe('a program prints what its comments say', () => {
  it.each(programs.map(program => [named(program.block), program] as const))(
    '%s',
    async (_, { block, code, files }) => {
      const own = mkdtempSync(path.join(folder, 'program-'))
      for (const { file = '', code } of files) writeFileSync(path.join(own, file), code)
      const main = block.file ?? 'program-of-block.mjs'
      writeFileSync(path.join(own, main), code)
      const printed = await run(process.execPath, [main], { cwd: own, env: emulated })
      const words = printed.split(/[\s,]+/).map(word => word.replaceAll("'", ''))
      expect(words).toEqual(expect.arrayContaining(saidIn(code)))
    },
    120_000,
  )
})

const emulated = { ...process.env, COM_CANCEL_BACKEND: 'emulator', NO_COLOR: '1' }

/** What a program prints. Rejects when it fails. */
const run = (program: string, args: string[], options: { cwd: string; env?: NodeJS.ProcessEnv }) =>
  new Promise<string>((resolve, reject) =>
    execFile(program, args, { ...options, encoding: 'utf8' }, (error, stdout, stderr) =>
      error ? reject(new Error(`${stdout}${stderr}` || error.message)) : resolve(stdout),
    ),
  )

/** The options that `tsc --init` sets. */
const initial = {
  module: 'nodenext',
  target: 'esnext',
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  strict: true,
  verbatimModuleSyntax: true,
  isolatedModules: true,
  noUncheckedSideEffectImports: true,
  moduleDetection: 'force',
  skipLibCheck: true,
  noEmit: true,
}

/** What the text around a block has declared. */
const surroundings = {
  path: 'string',
  clsid: 'string',
  thread: "import('com-cancel').ComThread",
  object: "import('com-cancel').ComObject",
  range: "import('com-cancel').ComObject",
  excel: "import('com-cancel').ComObject",
  comScope: "typeof import('com-cancel').comScope",
  IPrime:
    "import('com-cancel').ComInterface<{ IsPrime: { parameters: [{ in: 'i4' }, { out: 'i4' }] }, Number: { parameters: [{ in: 'i4' }, { in: 'ui4' }, { out: 'i4' }] } }>",
  workbook: '{ Save(): void }',
  error: 'unknown',
  port: '{ on(type: string, listen: (event: { data: unknown }) => void): void; start(): void; postMessage(message: unknown): void }',
  serializeError: "typeof import('com-cancel').serializeError",
  parentPort: "import('node:worker_threads').MessagePort",
  worker: "import('node:worker_threads').Worker",
  reject: '(reason: unknown) => void',
  browserWindow: '{ getNativeWindowHandle(): Uint8Array }',
}

/** Writes a block into a file of its own folder, with what it does not declare itself. */
const writeBlock = (block: CodeBlock, index: number): string => {
  const { code } = block
  const missing = Object.entries(surroundings)
    .filter(([name]) => !new RegExp(`(?:const|using|import) (?:\\{[^}]*)?${name}\\b`).test(code))
    .map(([name, type]) => `declare const ${name}: ${type}\n`)
  const page = block.document.replace(/\.md$/, '').replaceAll('/', '-')
  const file = path.join(`block-${index}`, block.file?.replace(/\.\w+$/, '.mts') ?? `${page}.mts`)
  mkdirSync(path.join(folder, path.dirname(file)))
  writeFileSync(path.join(folder, file), `${missing.join('')}${code}`)
  return file
}

/** The packages that blocks import and this project does not have. */
const absentPackages = (typed: readonly CodeBlock[]): string[] => {
  const { resolve } = createRequire(path.join(folder, 'block.mjs'))
  const imported = typed.flatMap(({ code }) =>
    [...code.matchAll(/ from '([^'.][^']*)'/g)].map(([, name = '']) => name),
  )
  return [...new Set(imported)].filter(name => {
    try {
      resolve(name)
      return false
    } catch {
      return true
    }
  })
}

it.each([
  ['without the types of a server', false],
  ['typed by @types/activex-excel', true],
])('other JavaScript and TypeScript compiles, %s', async (_, excel) => {
  const typed = blocks
    .filter(block => /^[jt]s$/.test(block.language) && !isProgram(block))
    .filter(({ code }) => code.includes('<Excel.') === excel)
  expect(typed).not.toEqual([])
  const files = typed.map((block, index) => writeBlock(block, excel ? 1000 + index : index))
  writeFileSync(
    path.join(folder, 'absent.d.ts'),
    absentPackages(typed)
      .map(name => `declare module '${name}'\n`)
      .join(''),
  )
  const types = excel ? ['node', 'activex-excel'] : ['node']
  const config = path.join(folder, `tsconfig-${excel}.json`)
  writeFileSync(
    config,
    JSON.stringify({ compilerOptions: { ...initial, types }, files: [...files, 'absent.d.ts'] }),
  )
  const compiler = path.join(root, 'node_modules/typescript/bin/tsc')
  await run(process.execPath, [compiler, '-p', config], { cwd: folder })
})

const compiler = 'x86_64-w64-mingw32-g++'
const noCompiler = spawnSync(compiler, ['--version']).error !== undefined

describe('C++ compiles', () => {
  const native = blocks.filter(({ language }) => language === 'cpp')
  it.skipIf(noCompiler).each(native.map(block => [named(block), block] as const))(
    '%s',
    async (_, { code }) => {
      const file = path.join(folder, 'block.cc')
      writeFileSync(file, code)
      const warnings = ['-Wall', '-Wextra', '-Werror']
      await run(compiler, ['-std=c++17', '-fsyntax-only', ...warnings, `-I${root}/include`, file], {
        cwd: folder,
      })
    },
  )
})

it('JSON can be parsed', () => {
  for (const { code } of blocks.filter(({ language }) => language === 'json'))
    expect(() => JSON.parse(code)).not.toThrow()
})

it('each block is in a language that is checked, or is text', () => {
  const checked = ['js', 'ts', 'cpp', 'json', 'yaml', '']
  expect(blocks.filter(({ language }) => !checked.includes(language)).map(named)).toEqual([])
})
