// Modules that the package loads with the native binding: a stub stands for the addon.
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runProgram } from '../support/program'

describe('with the native binding', () => {
  it('loads at most 85 modules, none of the emulator and none that draw', async () => {
    const { stdout, stderr } = await runProgram(import.meta.dirname, 'loaded.cjs')
    expect(stderr).toBe('')
    const { backend, first } = JSON.parse(stdout) as { backend: string; first: string[] }
    expect(backend).toBe('stub')
    expect(first.filter(file => /^(emulator|events\/picture)\//.test(file))).toEqual([])
    expect(first.length).toBeLessThanOrEqual(85)
  })

  it('loads the modules that draw when they are used', async () => {
    const { stdout } = await runProgram(import.meta.dirname, 'loaded.cjs')
    const { drawing } = JSON.parse(stdout) as { drawing: string[] }
    expect(drawing).toContain('events/picture/svg.js')
    expect(drawing.filter(file => file.startsWith('emulator/'))).toEqual([])
  })
})

describe('in an asar archive of Electron', () => {
  const root = path.join(import.meta.dirname, '../..')
  const addon = `node_modules/com-cancel/prebuilds/win32-${process.arch}/com-cancel.node`
  let app: string

  const write = (file: string): void => {
    mkdirSync(path.dirname(path.join(app, file)), { recursive: true })
    writeFileSync(path.join(app, file), '')
  }

  // A folder of the archive's name: Electron shows the files of an archive to programs as if it were a folder.
  beforeAll(() => {
    app = mkdtempSync(path.join(tmpdir(), 'com-cancel-asar-'))
    const modules = path.join(app, 'app.asar/node_modules')
    const filter = (source: string) => !source.endsWith('.map')
    cpSync(path.join(root, 'node_modules/node-gyp-build'), `${modules}/node-gyp-build`, { recursive: true })
    cpSync(path.join(root, 'dist'), `${modules}/com-cancel/dist`, { recursive: true, filter })
    cpSync(path.join(root, 'package.json'), `${modules}/com-cancel/package.json`)
    write(`app.asar/${addon}`)
  })

  afterAll(() => rmSync(app, { recursive: true, force: true }))

  it('loads the addon that was unpacked, beside which com-cancel-host.exe is', async () => {
    const packed = await runProgram(import.meta.dirname, 'archived.cjs', [app])
    expect(packed).toMatchObject({ stderr: '', stdout: `app.asar/${addon}` })
    write(`app.asar.unpacked/${addon}`)
    const unpacked = await runProgram(import.meta.dirname, 'archived.cjs', [app])
    expect(unpacked).toMatchObject({ stderr: '', stdout: `app.asar.unpacked/${addon}` })
  })
})
