// What the tools of publishing say of the packed package: publint, Are The Types Wrong, npm's software bill of materials,
// and the check that runs before `npm pack`.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { npm } from '../support/npm'

const root = path.join(import.meta.dirname, '../..')
const { dependencies } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
let folder: string
let tarball: Buffer

beforeAll(() => {
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'com-cancel-published-')))
  const packed = npm(root, 'pack', '--json', '--ignore-scripts', '--pack-destination', folder)
  tarball = readFileSync(path.join(folder, JSON.parse(packed)[0].filename))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('publint finds nothing', async () => {
  const bytes = tarball.buffer.slice(tarball.byteOffset, tarball.byteOffset + tarball.byteLength)
  const { messages, pkg } = await publint({ pack: { tarball: bytes as ArrayBuffer }, level: 'suggestion' })
  expect(messages.map(message => formatMessage(message, pkg))).toEqual([])
})

test('Are The Types Wrong finds nothing: each entry resolves with each module resolution', async () => {
  const result = await checkPackage(createPackageFromTarballData(new Uint8Array(tarball)))
  if (!result.types) throw new Error('the package has no types')
  expect(Object.keys(result.entrypoints)).toEqual(['.', './emulator', './package.json'])
  expect(result.problems).toEqual([])
})

test('the software bill of materials names the dependencies, and no other package', () => {
  const { components } = JSON.parse(npm(root, 'run', '--silent', 'sbom'))
  const named = (components as { name: string; licenses: { license: { id: string } }[] }[]).map(each => [
    each.name,
    each.licenses[0]?.license.id,
  ])
  expect(named.sort()).toEqual(
    Object.keys(dependencies)
      .sort()
      .map(name => [name, 'MIT']),
  )
})

describe('the check before npm pack', () => {
  const machines = { 'win32-x64': 0x8664, 'win32-ia32': 0x14c, 'win32-arm64': 0xaa64 }
  const names = ['com-cancel.node', 'com-cancel-host.exe']

  /** Runs the script on prebuilds that consist of headers; returns what it prints and how it ends. */
  const check = (change: (file: (name: string) => string) => void) => {
    const project = mkdtempSync(path.join(folder, 'project-'))
    cpSync(path.join(root, 'scripts'), path.join(project, 'scripts'), { recursive: true })
    const file = (name: string) => path.join(project, 'prebuilds', name)
    for (const [target, machine] of Object.entries(machines)) {
      mkdirSync(file(target), { recursive: true })
      for (const name of names) writeFileSync(file(`${target}/${name}`), headerFor(machine))
    }
    change(file)
    const script = path.join(project, 'scripts/check-prebuilds.mjs')
    const { status, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8' })
    return { status, stderr }
  }

  const headerFor = (machine: number): Buffer => {
    const header = Buffer.alloc(0x80)
    header.writeUInt32LE(0x60, 0x3c)
    header.write('PE\0\0', 0x60, 'latin1')
    header.writeUInt16LE(machine, 0x64)
    return header
  }

  test('passes with the addon and the host program for each processor', () => {
    expect(check(() => {})).toEqual({ status: 0, stderr: '' })
  })

  test('fails when one is missing', () => {
    const { status, stderr } = check(file => rmSync(file('win32-arm64/com-cancel.node')))
    expect(status).toBe(1)
    expect(stderr).toContain('prebuilds/win32-arm64/com-cancel.node is missing')
    expect(stderr).toContain('`npm run prebuild`')
  })

  test('fails when one is for another processor, or no program', () => {
    const { status, stderr } = check(file => {
      writeFileSync(file('win32-ia32/com-cancel.node'), headerFor(0x8664))
      writeFileSync(file('win32-x64/com-cancel-host.exe'), '')
    })
    expect(status).toBe(1)
    expect(stderr).toContain('win32-ia32/com-cancel.node is for machine 0x8664, not ia32')
    expect(stderr).toContain('win32-x64/com-cancel-host.exe is for machine 0x0, not x64')
  })

  test('is what npm pack runs', () => {
    const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
    expect(scripts.prepack).toMatch(/ && node scripts\/check-prebuilds\.mjs$/)
  })
})

test('the notices name what the binaries contain', () => {
  const notices = readFileSync(path.join(root, 'THIRD-PARTY-NOTICES'), 'utf8')
  for (const name of ['libstdc++', 'winpthreads', 'libc++', 'libunwind', 'node-addon-api', 'MinGW-w64'])
    expect(notices).toContain(name)
})
