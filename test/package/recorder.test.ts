// The folder that `npm run record:windows` packs for a Windows machine: complete, and without developer tools.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = path.join(import.meta.dirname, '../..')
const missing = ['prebuilds', 'build/recorder/recorder_probe.exe', 'build/prime/prime_server.exe'].find(
  file => !existsSync(path.join(root, file)),
)
const reason = missing ? ` (not built here: ${missing})` : ''

describe.skipIf(missing)(`the packed recorder${reason}`, () => {
  let folder: string

  beforeAll(() => {
    folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'com-cancel-record-windows-')))
    const pack = path.join(root, 'recorder/pack.mjs')
    execFileSync(process.execPath, [pack, '--no-build', '--out', folder], { stdio: 'ignore' })
  }, 600_000)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('has the programs, the package with its addon, and how to run it', () => {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map(file =>
      file.replaceAll('\\', '/'),
    )
    const programs = ['recorder_probe.exe', 'prime_server.exe', 'prime_inproc.dll'].map(file => `bin/${file}`)
    const needed = [
      ...programs,
      'record.cmd',
      'README.txt',
      'node_modules/com-cancel/dist/cli/main.js',
      'node_modules/node-gyp-build/index.js',
    ]
    expect(files).toEqual(expect.arrayContaining(needed))
    expect(files.filter(file => /com-cancel\/prebuilds\/.*\.node$/.test(file)).length).toBeGreaterThan(0)
    expect(files.filter(file => /node_modules\/(typescript|vitest|cmake-js)\//.test(file))).toEqual([])
  })

  it('has lines that cmd.exe and Notepad understand', () => {
    for (const name of ['record.cmd', 'README.txt']) {
      const text = readFileSync(path.join(folder, name), 'utf8')
      expect(text).not.toMatch(/[^\r]\n/)
      expect(text).not.toMatch(/[^ -~\r\n]/)
    }
  })

  it('finds the package and its questions from within the folder', () => {
    const program = `
      import { questions } from './questions/index.mjs'
      import { HResult } from 'com-cancel'
      console.log(JSON.stringify({ count: questions.length, from: import.meta.resolve('com-cancel'), code: HResult.S_OK }))`
    const env = { ...process.env, COM_CANCEL_BACKEND: 'emulator' }
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
      cwd: folder,
      env,
    })
    const { count, from, code } = JSON.parse(`${output}`)
    expect(count).toBeGreaterThan(50)
    expect(from).toContain('/node_modules/com-cancel/dist/index.js')
    expect(code).toBe(0)
  })
})
