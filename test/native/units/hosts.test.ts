// The module that the addon takes Node-API from. Programs in C++ host an addon that has the same code for it.
import { spawnSync } from 'node:child_process'
import { copyFileSync, cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const built = path.resolve(import.meta.dirname, '../../../build/units/hosts')

/** What the guest passes to its host. */
const ARGUMENTS = ['napi_create_double 1234.5', 'napi_create_date -0.25', 'napi_create_int32 -2147417848']

// MSVC's builds find the functions by delay loading.
describe.skipIf(!existsSync(built))('the addon takes Node-API', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'com-cancel-hosts-'))
    cpSync(built, folder, { recursive: true })
  })
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true })
  })

  /** What a program prints that loads the guest. */
  const host = (program: string, ...args: string[]): string[] => {
    const { status, stdout, stderr } = spawnSync(path.join(folder, program), ['guest.node', ...args], {
      cwd: folder,
      encoding: 'utf8',
      timeout: 60_000,
    })
    expect(status, stderr).toBe(0)
    return `${stdout}${stderr}`.trimEnd().split(/\r?\n/)
  }
  const copy = (from: string, to: string): string => {
    copyFileSync(path.join(folder, from), path.join(folder, to))
    return to
  }

  it('from an executable of any name, and floating-point arguments of the first call arrive', () => {
    expect(host(copy('host_with_functions.exe', 'renamed.exe'))).toEqual(ARGUMENTS)
  })

  it.each(['node.dll', 'libnode.dll', 'nw.dll'])('from %s, which the executable calls it for', dll => {
    expect(host('host.exe', copy('host_functions.dll', dll))).toEqual(ARGUMENTS)
  })

  it('from a DLL of any name that calls it', () => {
    expect(host('host.exe', copy('host_functions.dll', 'any.dll'), 'call_guest')).toEqual(ARGUMENTS)
  })

  it('from the executable, where a node.dll lacks functions', () => {
    copy('host_without_date.dll', 'node.dll')
    expect(host('host_with_functions.exe', 'node.dll')).toEqual(ARGUMENTS)
    expect(host('host_with_functions.exe', 'node.dll', 'call_guest')).toEqual(ARGUMENTS)
  })

  it('and throws an error that names the functions that the host lacks', () => {
    copy('host_without_date.dll', 'node.dll')
    expect(host('host.exe', 'node.dll', 'call_guest')).toEqual([
      'ERR_DLOPEN_FAILED: node.dll lacks functions of Node-API that com-cancel needs: napi_create_date',
    ])
  })

  it('and says so where the host has no Node-API', () => {
    expect(host('host.exe')).toEqual(['host.exe has no Node-API, which com-cancel needs'])
  })
})
