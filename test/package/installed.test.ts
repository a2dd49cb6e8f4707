// The package, packed, installed into an empty project offline, and used there.

import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const root = path.join(import.meta.dirname, '../..')
const windows = process.platform === 'win32'
let consumer: string
let packed: string[]

beforeAll(() => {
  consumer = realpathSync(mkdtempSync(path.join(tmpdir(), 'com-cancel-consumer-')))
  // What is tested has just been built; building it again would pull dist from under tests that run meanwhile.
  const [archive] = JSON.parse(
    npm(root, 'pack', '--json', '--ignore-scripts', '--pack-destination', consumer),
  )
  packed = archive.files.map((file: { path: string }) => file.path)
  // The dependencies are archives too, so that npm needs no registry.
  const dependencies = ['node-gyp-build', 'commander'].map(name => {
    const source = `./node_modules/${name}`
    const options = ['--json', '--ignore-scripts', '--pack-destination', consumer]
    return JSON.parse(npm(root, 'pack', ...options, source))[0].filename as string
  })
  write('package.json', JSON.stringify({ name: 'consumer', private: true }))
  npm(consumer, 'install', '--offline', '--no-audit', '--no-fund', archive.filename, ...dependencies)
}, 600_000)

afterAll(() => rmSync(consumer, { recursive: true, force: true }))

describe('the archive', () => {
  test('holds what a user needs', () => {
    const needed = [
      'package.json',
      'LICENSE',
      'README.md',
      'binding.d.ts',
      'dist/index.js',
      'dist/index.d.ts',
    ]
    expect(packed).toEqual(expect.arrayContaining([...needed, 'dist/cli/main.js', 'dist/emulator/index.js']))
  })

  test('holds what its documents link to', () => {
    for (const page of packed.filter(file => file.endsWith('.md'))) {
      const links = [...readFileSync(installed(page), 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)/g)]
      for (const [, link = ''] of links) {
        const file = path.posix.join(path.posix.dirname(page), link)
        expect(
          packed.some(each => each === file || each.startsWith(`${file}/`)),
          file,
        ).toBe(true)
      }
    }
  })

  test('holds the sources of the addon and how to build it', () => {
    expect(packed).toEqual(
      expect.arrayContaining([
        'CMakeLists.txt',
        'native/addon.cc',
        'native/exports.def',
        'native/host/win.h',
      ]),
    )
  })

  test('holds the addon and the host program that were prebuilt', ctx => {
    if (!existsSync(path.join(root, 'prebuilds'))) ctx.skip('npm run prebuild has not been run')
    const addons = packed.filter(file => file.endsWith('.node'))
    const all = ['prebuilds/win32-ia32/com-cancel.node', 'prebuilds/win32-x64/com-cancel.node']
    // A machine without the 32-bit compiler builds one of them.
    expect(addons.sort()).toEqual(process.env.CI === 'true' ? all : all.filter(file => addons.includes(file)))
    expect(addons).toContain('prebuilds/win32-x64/com-cancel.node')
    const hosts = packed.filter(file => file.endsWith('.exe'))
    expect(hosts.sort()).toEqual(
      addons.map(file => path.posix.join(path.posix.dirname(file), 'com-cancel-host.exe')),
    )
  })

  test('holds nothing else', () => {
    const known =
      /^(package\.json|README\.md|CONTRIBUTING\.md|LICENSE|CMakeLists\.txt|binding\.d\.ts|include\/com_cancel\.h|dist\/.+\.(js|d\.ts|js\.map)|lib\/.+\.ts|docs\/.+\.(md|svg)|examples\/.+\.(mjs|ts|cc)|native\/.+\.(cc|h|def)|prebuilds\/.+\/(com-cancel\.node|com-cancel-host\.exe))$/
    expect(packed.filter(file => !known.test(file))).toEqual([])
  })

  test('has the modules of lib in dist, and no others', () => {
    const modules = (folder: string, extension: string) =>
      readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter(file => file.endsWith(extension) && !file.endsWith('.d.ts'))
        .map(file => file.slice(0, -extension.length))
        .sort()
    expect(modules('dist', '.js')).toEqual(modules('lib', '.ts'))
  })
})

describe('installing', () => {
  test('runs no script and compiles nothing', () => {
    const { scripts = {} } = JSON.parse(readFileSync(installed('package.json'), 'utf8'))
    for (const name of ['preinstall', 'install', 'postinstall', 'prepare'])
      expect(scripts).not.toHaveProperty(name)
    // With this file npm would compile the addon.
    expect(existsSync(installed('binding.gyp'))).toBe(false)
    expect(existsSync(installed('build'))).toBe(false)
  })

  test('brings two small dependencies', () => {
    const packages = readdirSync(path.join(consumer, 'node_modules')).filter(name => !name.startsWith('.'))
    expect(packages).toEqual(['com-cancel', 'commander', 'node-gyp-build'])
  })
})

describe('using', () => {
  test('import and require give the same objects', () => {
    write(
      'same.mjs',
      `import * as imported from 'com-cancel'
       import { ComThread, ComError, HResult, raw, backend, CancelObject, cancelCall, coCancelCall } from 'com-cancel'
       import { Emulator } from 'com-cancel/emulator'
       import { createRequire } from 'node:module'
       const require = createRequire(import.meta.url)
       const required = require('com-cancel')
       const named = { ComThread, ComError, HResult, raw, backend, CancelObject, cancelCall, coCancelCall }
       const differing = Object.keys(named).filter(name => named[name] === undefined || named[name] !== required[name])
       const unseen = Object.keys(required).filter(name => imported[name] !== required[name])
       console.log(JSON.stringify({ differing, unseen, sameEmulator: Emulator === require('com-cancel/emulator').Emulator }))`,
    )
    expect(JSON.parse(node('same.mjs'))).toEqual({ differing: [], unseen: [], sameEmulator: true })
  })

  test('a thread starts, blocks and is canceled', () => {
    write(
      'cancel.mjs',
      `import { ComThread, backend } from 'com-cancel'
       const thread = await ComThread.start({ apartment: 'mta' })
       const error = await thread.wait(60_000, { signal: AbortSignal.timeout(50) }).catch(error => error)
       await thread[Symbol.asyncDispose]()
       console.log(JSON.stringify({ kind: backend.kind, name: error.name, code: error.code }))`,
    )
    const kind = windows ? 'native' : 'emulator'
    expect(JSON.parse(node('cancel.mjs'))).toEqual({ kind, name: 'AbortError', code: 'ABORT_ERR' })
  })

  test('the command is there', () => {
    expect(npm(consumer, 'exec', '--offline', '--', 'com-cancel', 'demo')).toContain('RPC_E_CALL_CANCELED')
  })

  test('a binding that is not available fails with the reason', ctx => {
    if (windows) ctx.skip('the addon is there')
    write('native.cjs', `require('com-cancel')`)
    expect(() => node('native.cjs', { COM_CANCEL_BACKEND: 'native' })).toThrow(/runs on Windows only/)
  })
})

describe('types', () => {
  const program = `
    import { subscribe } from 'node:diagnostics_channel'
    import {
      type CancelOutcome, type ComEventOf, type ComObject, ComAbortError, ComError, ComThread, HResult, backend, cancelCall,
    } from 'com-cancel'
    import { type ClassDefinition, Emulator, EmulatedObject, type Usage } from 'com-cancel/emulator'
    interface State { visible: boolean }
    const definition: ClassDefinition<State> & ThisType<State> = {
      progId: 'Excel.Application',
      create: () => ({ visible: false }),
      events: ['Progress'],
      properties: {
        Visible: { get() { return this.visible }, set(_call, value) { this.visible = value === true } },
        Workbooks: () => new EmulatedObject({ methods: { Open: { params: ['Filename'], run: (_call, file) => file } } }),
      },
    }
    export const usage = (): Usage => (Emulator.shared.registerClass(definition), Emulator.usage)
    export const listen = async (object: ComObject): Promise<void> => {
      await using connection = await object.connect({
        Progress(call, done, total) { call.signal.throwIfAborted(); console.log(done, total) },
        2: (_call, done: number) => done.toFixed(),
      })
      await using implementation = object.thread.implement(new (class { Answer() { return 42 } })())
      object.thread.implement({ Name: { get: () => 'x', set(call, value) { console.log(call.kind, value) } } })
      object.thread.implement((call, value) => call.testCancel() && value)
    }
    subscribe('com-cancel:job:ended', message => {
      const { job, hresult } = message as ComEventOf<'job:ended'>
      console.log(job.toFixed(), hresult.toFixed())
    })
    export async function main(): Promise<string> {
      const thread: ComThread = await ComThread.start({ apartment: 'sta' })
      const outcome: CancelOutcome = await cancelCall(thread.id)
      try {
        await thread.wait(10, { signal: AbortSignal.timeout(5) })
      } catch (error) {
        if (error instanceof ComAbortError) return error.function ?? 'unknown'
        if (error instanceof ComError && error.hresult === HResult.RPC_E_CALL_CANCELED) return error.code
      }
      // @ts-expect-error there is no such apartment
      await ComThread.start({ apartment: 'nta' })
      return \`\${backend.kind} \${outcome} \${typeof Emulator}\`
    }`

  test.each(['consumer.mts', 'consumer.cts'])('resolve in %s', file => {
    write(file, program)
    write(
      'tsconfig.json',
      JSON.stringify({
        compilerOptions: {
          target: 'es2022',
          lib: ['es2023'],
          module: 'nodenext',
          strict: true,
          noEmit: true,
          typeRoots: [path.join(root, 'node_modules/@types')],
          types: ['node'],
        },
        files: [file],
      }),
    )
    expect(compile()).toBe('')
  })

  test('compile in the example of README, with the settings of tsc --init', () => {
    const [, example = ''] = /^```ts\n(.*?)^```/ms.exec(readFileSync(installed('README.md'), 'utf8')) ?? []
    expect(example).toContain("from 'com-cancel'")
    write('example.mts', example)
    write(
      'tsconfig.json',
      JSON.stringify({
        compilerOptions: {
          module: 'nodenext',
          target: 'esnext',
          types: [],
          noUncheckedIndexedAccess: true,
          exactOptionalPropertyTypes: true,
          strict: true,
          verbatimModuleSyntax: true,
          isolatedModules: true,
          noUncheckedSideEffectImports: true,
          moduleDetection: 'force',
          skipLibCheck: true,
          noEmit: true,
        },
        files: ['example.mts'],
      }),
    )
    expect(compile()).toBe('')
  })
})

/** The TypeScript compiler's messages on the consumer's tsconfig.json. */
function compile() {
  return run(consumer, {}, process.execPath, path.join(root, 'node_modules/typescript/bin/tsc'), '-p', '.')
}

function installed(file: string) {
  return path.join(consumer, 'node_modules/com-cancel', file)
}

function write(file: string, text: string) {
  writeFileSync(path.join(consumer, file), text)
}

function node(file: string, env: NodeJS.ProcessEnv = {}) {
  return run(consumer, env, process.execPath, file)
}

function run(cwd: string, env: NodeJS.ProcessEnv, program: string, ...args: string[]) {
  try {
    return execFileSync(program, args, {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      // An npm that runs inside another would take the outer one's project for its own.
      env: { ...process.env, npm_config_local_prefix: undefined, ...env },
    })
  } catch (error) {
    // What a program says before it fails is why it failed.
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    throw new Error(`${program} ${args.join(' ')}\n${stdout}${stderr}`)
  }
}

function npm(cwd: string, ...args: string[]) {
  // npm sets npm_execpath for its scripts; npm.cmd can't be run without a shell.
  const cli = process.env.npm_execpath
  return cli ? run(cwd, {}, process.execPath, cli, ...args) : run(cwd, {}, 'npm', ...args)
}
