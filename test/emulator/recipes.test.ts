// The recipes of docs/test-frameworks.md and docs/emulator.md run in their test frameworks, and the emulator where globals are missing.
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { blocksOf } from '../support/documents'

const root = path.join(import.meta.dirname, '../..')
const run = promisify(execFile)
const TIMEOUT = 120_000

// Inside the package, which its files can import by its name.
const build = path.join(root, 'build')
let folder: string

beforeAll(() => {
  mkdirSync(build, { recursive: true })
  folder = mkdtempSync(path.join(build, 'recipes-'))
  for (const { file, code } of blocksOf('docs/test-frameworks.md'))
    if (file) writeFileSync(path.join(folder, file), code)
  const leaks = blocksOf('docs/emulator.md').find(({ code }) => code.includes("from 'vitest'"))
  writeFileSync(path.join(folder, 'leaks.vitest.mjs'), `${leaks?.code}`)
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

const env = { ...process.env, NODE_TEST_CONTEXT: undefined, VITEST: undefined, NO_COLOR: '1' }

it('vitest', { timeout: TIMEOUT }, async () => {
  const vitest = path.join(root, 'node_modules/vitest/vitest.mjs')
  writeFileSync(
    path.join(folder, 'vitest.config.mjs'),
    "export default { test: { include: ['*.vitest.mjs'], reporters: ['verbose'] } }\n",
  )
  const { stdout } = await run(process.execPath, [vitest, 'run'], { cwd: folder, env })
  expect(stdout).toMatch(/Tests\s+3 passed \(3\)/)
})

it('node:test', { timeout: TIMEOUT }, async () => {
  const args = ['--test', '--test-reporter=tap', 'report.node.mjs']
  const { stdout } = await run(process.execPath, args, { cwd: folder, env })
  expect(stdout).toContain('# pass 2')
  expect(stdout).toContain('# fail 0')
})

it('the emulator runs without a global setImmediate, as in jsdom', { timeout: TIMEOUT }, async () => {
  const program = `
    delete globalThis.setImmediate
    const { ComThread, CancelObject } = require('com-cancel')
    const { Emulator } = require('com-cancel/emulator')
    const emulator = new Emulator()
    emulator.registerClass({ progId: 'Test.Server', methods: { Echo: (call, value) => value } })
    emulator.use(async () => {
      const thread = await ComThread.start()
      console.log(await (await thread.createObject('Test.Server')).call('Echo', ['echo']))
      await thread[Symbol.asyncDispose]()
      process.once('uncaughtException', error => console.log('uncaught', error.message))
      new CancelObject({ onCancel() { throw new Error('of onCancel') } }).cancel()
    })`
  const { stdout } = await run(process.execPath, ['-e', program], { cwd: folder, env })
  expect(stdout.split('\n')).toEqual(['echo', 'uncaught of onCancel', ''])
})
