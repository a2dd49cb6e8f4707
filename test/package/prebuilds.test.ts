// The addon and the host program for each processor: what is published, and for ARM64, which is not, what
// build-native.mjs has built.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { readPortableExecutable } from '../support/portable-executable'

const root = path.join(import.meta.dirname, '../..')
const prebuilds = path.join(root, 'prebuilds')
const published = existsSync(prebuilds) ? readdirSync(prebuilds) : []
const addons = [
  ...published.map(folder => ({ folder, file: path.join(prebuilds, folder, 'com-cancel.node') })),
  { folder: 'win32-arm64', file: path.join(root, '.wine/arm64/Release/com_cancel.node') },
].filter(({ file }) => existsSync(file))
const hosts = addons.map(({ folder, file }) => ({
  folder,
  file: path.join(path.dirname(file), 'com-cancel-host.exe'),
}))
const machines: Record<string, number> = { 'win32-x64': 0x8664, 'win32-ia32': 0x14c, 'win32-arm64': 0xaa64 }

const isForeign = (dll: string): boolean =>
  ![
    'advapi32.dll',
    'kernel32.dll',
    'msvcrt.dll',
    'ntdll.dll', // of zig's runtime without optimization
    'ole32.dll',
    'oleaut32.dll',
    'user32.dll',
  ].includes(dll) && !/^api-ms-win-crt-[a-z]+-l1-1-0\.dll$/.test(dll)

test.runIf(process.env.CI === 'true' && process.platform === 'linux')('CI builds for each processor', () => {
  expect(addons.map(({ folder }) => folder).sort()).toEqual(Object.keys(machines).sort())
})

describe.skipIf(addons.length === 0)('the prebuilt addon', () => {
  describe.each(addons)('for $folder', ({ folder, file }) => {
    const addon = readPortableExecutable(file)

    test('is made for that processor', () => {
      expect(addon.machine).toBe(machines[folder])
    })

    test('imports DLLs of the system only', () => {
      expect(addon.imports.filter(isForeign)).toEqual([])
      expect(addon.imports).toContain('ole32.dll')
    })

    // MSVC's delay loading is redirected to the host by cmake-js's hook.
    test.skipIf(process.platform === 'win32')('does not import from an executable by name', () => {
      expect(addon.delayImports).toEqual([])
      // MinGW's delay loading has no entry in the directory of delay imports.
      expect(readFileSync(file).includes('node.exe')).toBe(false)
    })

    test('exports the functions of exports.def without decoration, and the two that Node calls', () => {
      const listed =
        readFileSync(path.join(root, 'native/exports.def'), 'utf8').match(/com_cancel_\w+/g) ?? []
      expect(listed).toHaveLength(8)
      expect(addon.exports.sort()).toEqual(
        [...listed, 'napi_register_module_v1', 'node_api_module_get_api_version_v1'].sort(),
      )
    })
  })
})

describe.skipIf(hosts.length === 0)('the program of host processes', () => {
  describe.each(hosts)('for $folder', ({ folder, file }) => {
    const host = readPortableExecutable(file)

    test('is made for that processor, without a console', () => {
      expect(host.machine).toBe(machines[folder])
      expect(host.subsystem).toBe(2)
    })

    test('imports DLLs of the system only, and exports nothing', () => {
      expect([...host.imports, ...host.delayImports].filter(isForeign)).toEqual([])
      expect(host.imports).toContain('ole32.dll')
      expect(host.exports).toEqual([])
    })

    // Without optimization, as for ARM64 here, it is larger.
    test.skipIf(folder === 'win32-arm64')('is small', () => {
      expect(statSync(file).size).toBeLessThan(1_000_000)
    })
  })
})
