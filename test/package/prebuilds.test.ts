// The addon and the host program for each processor, as they are published.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type PortableExecutable, readPortableExecutable } from '../support/portable-executable'
import { allAreBuilt, architectures, buildTimeout, isExpected, names, prebuilt } from '../support/prebuilds'
import { isLongRun } from '../support/repetitions'

const root = path.join(import.meta.dirname, '../..')
const [addonName, hostName] = names
/** The build trees of scripts/lib/targets.mjs. */
const trees = { x64: 'build', ia32: 'build/ia32', arm64: '.wine/arm64' }
const machines = { x64: 0x8664, ia32: 0x14c, arm64: 0xaa64 }
/** Visual Studio builds on Windows; MinGW-w64 and zig elsewhere. */
const byVisualStudio = process.platform === 'win32'

const isForeign = (dll: string): boolean =>
  ![
    'advapi32.dll',
    'kernel32.dll',
    'msvcrt.dll',
    'ntdll.dll', // of zig's runtime
    'ole32.dll',
    'oleaut32.dll',
    'user32.dll',
  ].includes(dll) && !/^api-ms-win-crt-[a-z]+-l1-1-0\.dll$/.test(dll)

let folder: string
beforeAll(() => {
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'com-cancel-prebuilds-')))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

// In CI all; elsewhere those that have been built.
describe.each(architectures.filter(isExpected))('the prebuild for win32-%s', arch => {
  beforeAll(() => (arch === 'arm64' ? allAreBuilt() : undefined), buildTimeout)

  describe.each(names)('%s', name => {
    let file: string
    let binary: PortableExecutable
    beforeAll(() => {
      file = prebuilt(arch, name)
      binary = readPortableExecutable(file)
    })

    test('is made for that processor', () => {
      expect(binary.machine).toBe(machines[arch])
    })

    test('imports DLLs of the system only', () => {
      expect([...binary.imports, ...binary.delayImports].filter(isForeign)).toEqual(
        byVisualStudio && name === addonName ? ['node.exe'] : [],
      )
      expect(binary.imports).toContain('ole32.dll')
    })

    test('is loaded at a random address, and its data is not executable', () => {
      expect(binary.loading).toEqual({
        dynamicBase: true,
        dataExecutionPrevention: true,
        highEntropy: arch !== 'ia32',
        // GNU ld and zig's linker do not have it.
        guardCF: byVisualStudio,
      })
    })

    test('has the version of the package', () => {
      const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
      expect(binary.version).toMatchObject({
        FileVersion: version,
        ProductVersion: version,
        ProductName: 'com-cancel',
        OriginalFilename: name,
        LegalCopyright: 'MIT License',
      })
      expect(binary.version.FileDescription).toContain('com-cancel: ')
    })

    test('names no folder of the machine that built it, and no file of debug symbols', () => {
      const text = readFileSync(file, 'latin1')
      for (const part of [root, 'node_modules', 'native/', 'native\\', '.pdb'])
        expect(text.includes(part), part).toBe(false)
      expect(text.match(/[ -~]*\/(usr|tmp|home|build|root)\/[ -~]*/g)).toBe(null)
      // Visual Studio writes an entry with statistics, which has no path.
      if (!byVisualStudio) expect(binary.debugEntries).toBe(0)
    })

    test('is small', () => {
      expect(statSync(file).size).toBeLessThan(name === addonName ? 3_000_000 : 1_500_000)
    })

    test.skipIf(byVisualStudio)('does not tell when it was built', () => {
      expect(binary.timestamp).toBe(0)
    })
  })

  // MSVC's delay loading is redirected to the host by cmake-js's hook.
  test.skipIf(byVisualStudio)('the addon does not import from an executable by name', () => {
    const file = prebuilt(arch, addonName)
    expect(readPortableExecutable(file).delayImports).toEqual([])
    // MinGW's delay loading has no entry in the directory of delay imports.
    expect(readFileSync(file).includes('node.exe')).toBe(false)
  })

  test('the addon exports the functions of exports.def without decoration, and the two that Node calls', () => {
    const listed = readFileSync(path.join(root, 'native/exports.def'), 'utf8').match(/com_cancel_\w+/g) ?? []
    expect(listed).toHaveLength(8)
    expect(readPortableExecutable(prebuilt(arch, addonName)).exports.sort()).toEqual(
      [...listed, 'napi_register_module_v1', 'node_api_module_get_api_version_v1'].sort(),
    )
  })

  test('the host program has no console and exports nothing', () => {
    const { subsystem, exports } = readPortableExecutable(prebuilt(arch, hostName))
    expect(subsystem).toBe(2)
    expect(exports).toEqual([])
  })

  test.skipIf(byVisualStudio)('a second link of the same objects gives the same bytes', () => {
    const build = path.join(root, trees[arch])
    for (const output of ['com_cancel.node', hostName]) {
      const again = path.join(folder, output)
      const command = `${linkCommand(build, output)}`.replace(`-o Release/${output}`, `-o ${again}`)
      expect(command).toContain(again)
      execFileSync('sh', ['-c', command], { cwd: build })
      expect(digest(again)).toBe(digest(path.join(build, 'Release', output)))
    }
  })

  test('a build in another folder gives the same bytes', ctx => {
    ctx.skip(!isLongRun, 'part of the long run')
    ctx.skip(byVisualStudio, 'not checked for builds by Visual Studio')
    const copy = path.join(folder, arch, 'a folder with another name')
    for (const name of ['CMakeLists.txt', 'package.json', 'native', 'scripts'])
      cpSync(path.join(root, name), path.join(copy, name), { recursive: true })
    symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'))
    mkdirSync(path.join(copy, '.wine'))
    for (const name of ['zig', 'zig.done'])
      if (existsSync(path.join(root, '.wine', name)))
        symlinkSync(path.join(root, '.wine', name), path.join(copy, '.wine', name))
    execFileSync(process.execPath, [path.join(copy, 'scripts/build-native.mjs'), '--arch', arch])
    for (const [output, name] of [
      ['com_cancel.node', addonName],
      [hostName, hostName],
    ] as const)
      expect(digest(path.join(copy, trees[arch], 'Release', output))).toBe(digest(prebuilt(arch, name)))
  })
})

// The whole build in another folder is part of the long run.
test.skipIf(!isExpected('x64') || byVisualStudio)(
  'sources that are compiled in another folder give the same bytes',
  () => {
    const build = path.join(root, trees.x64)
    const commands: { command: string; file: string }[] = JSON.parse(
      readFileSync(path.join(build, 'compile_commands.json'), 'utf8'),
    )
    const room = commands.find(({ file }) => file.includes('/com_cancel_hosting.dir/Unity/'))
    if (!room) throw new Error('the room hosting is not compiled as one file')
    const copy = path.join(folder, 'a-copy-with-a-longer-path')
    cpSync(path.join(root, 'native'), path.join(copy, 'native'), { recursive: true })
    const elsewhere = (text: string): string => text.replaceAll(`${root}/`, `${copy}/`)
    // The object has the name of its source.
    const unity = path.join(copy, path.basename(room.file))
    writeFileSync(unity, elsewhere(readFileSync(room.file, 'utf8')))
    const object = path.join(copy, 'again.obj')
    const [, before = '', output = ''] = /^(.*) -o (\S+) -c /.exec(room.command) ?? []
    const [compiler = '', ...options] = before.split(' ')
    execFileSync(compiler, [...options.map(elsewhere), '-o', object, '-c', unity], { cwd: copy })
    expect(digest(object)).toBe(digest(path.join(build, output)))
  },
)

/** The command with which ninja has linked a file of a build tree. */
function linkCommand(build: string, output: string): string | undefined {
  const commands = execFileSync('ninja', ['-C', build, '-t', 'commands', `Release/${output}`], {
    encoding: 'utf8',
  })
  return commands.trimEnd().split('\n').at(-1)
}

const digest = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex')
