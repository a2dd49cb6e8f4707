// The package, packed, installed into an empty project offline, and used there: also in node.exe under Wine, where that
// is set up.

import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
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
import { hosts } from '../../scripts/lib/hosts.mjs'
import { runInWine, serverLost } from '../../scripts/lib/wine.mjs'
import { asOnWindows } from '../support/as-on-windows'
import { npm, run } from '../support/npm'
import { allAreBuilt, architectures, buildTimeout, isExpected, names } from '../support/prebuilds'

const root = path.join(import.meta.dirname, '../..')
const windows = process.platform === 'win32'
let consumer: string
let packed: string[]

beforeAll(async () => {
  await allAreBuilt()
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
}, buildTimeout)

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

  test('holds the addon and the host program that were prebuilt, for each processor', ctx => {
    const built = architectures.filter(isExpected)
    if (built.length === 0) ctx.skip('npm run prebuild has not been run')
    const binaries = packed.filter(file => file.startsWith('prebuilds/'))
    expect(binaries.sort()).toEqual(
      built.flatMap(arch => names.map(name => `prebuilds/win32-${arch}/${name}`)).sort(),
    )
  })

  test('holds nothing else', () => {
    const known = [
      /^(package\.json|README\.md|CONTRIBUTING\.md|CHANGELOG\.md|SECURITY\.md|LICENSE|THIRD-PARTY-NOTICES)$/,
      /^(binding\.d\.ts|include\/com_cancel\.h|dist\/.+\.(js|d\.ts|js\.map)|lib\/.+\.ts)$/,
      /^(docs\/.+\.(md|svg)|examples\/.+\.(mjs|ts|cc)|examples\/electron\/[\w-]+\.(json|cjs|js|html|css))$/,
      /^(CMakeLists\.txt|native\/.+\.(cc|h|def)|native\/version\.rc\.in|scripts\/install\.mjs)$/,
      /^prebuilds\/win32-(x64|ia32|arm64)\/com-cancel(\.node|-host\.exe)$/,
    ]
    expect(packed.filter(file => !known.some(pattern => pattern.test(file)))).toEqual([])
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
  test('runs one script, which npm does not take for a build by node-gyp', () => {
    const { scripts = {} } = JSON.parse(readFileSync(installed('package.json'), 'utf8'))
    for (const name of ['preinstall', 'postinstall', 'prepare', 'postprepare'])
      expect(scripts).not.toHaveProperty(name)
    expect(scripts.install).toBe('node scripts/install.mjs')
    // With this file npm would compile the addon.
    expect(existsSync(installed('binding.gyp'))).toBe(false)
    expect(existsSync(installed('build'))).toBe(false)
  })

  test('brings two small dependencies', () => {
    const packages = readdirSync(path.join(consumer, 'node_modules')).filter(name => !name.startsWith('.'))
    expect(packages).toEqual(['com-cancel', 'commander', 'node-gyp-build'])
  })
})

describe('the script of the installation', () => {
  /** The package without sources, in a project that has the tools `modules`; and the script in it, run as on Windows. */
  const project = (prebuilds: string[], modules: Record<string, Record<string, string>> = {}) => {
    const folder = mkdtempSync(path.join(consumer, 'installing-'))
    const inModules = (...parts: string[]) => path.join(folder, 'node_modules', ...parts)
    for (const file of ['package.json', 'scripts/install.mjs'])
      cpSync(installed(file), inModules('com-cancel', file), { recursive: true })
    cpSync(path.join(consumer, 'node_modules/node-gyp-build'), inModules('node-gyp-build'), {
      recursive: true,
    })
    for (const arch of prebuilds) {
      mkdirSync(inModules('com-cancel/prebuilds', `win32-${arch}`), { recursive: true })
      writeFileSync(inModules('com-cancel/prebuilds', `win32-${arch}`, 'com-cancel.node'), '')
    }
    for (const [name, files] of Object.entries(modules)) {
      for (const [file, text] of Object.entries({ 'package.json': '{}', ...files })) {
        mkdirSync(path.dirname(inModules(name, file)), { recursive: true })
        writeFileSync(inModules(name, file), text)
      }
    }
    const script = inModules('com-cancel/scripts/install.mjs')
    // What node-gyp-build takes for the system.
    const env = { ...process.env, npm_config_platform: 'win32', npm_config_arch: process.arch }
    return (more: NodeJS.ProcessEnv = {}, windows = true) => {
      const options = windows ? asOnWindows(folder) : []
      const { status, stdout, stderr } = spawnSync(process.execPath, [...options, script], {
        env: { ...env, ...more },
        encoding: 'utf8',
      })
      return { status, stdout, stderr }
    }
  }
  const nothing = { status: 0, stdout: '', stderr: '' }
  const tools = {
    'node-addon-api': {},
    'cmake-js': {
      // What the script calls as cmake-js: it writes down how, and makes the file that a build makes.
      'bin/cmake-js': `const fs = require('node:fs')
        console.log(JSON.stringify({ cwd: process.cwd(), args: process.argv.slice(2) }))
        if (process.env.BROKEN) process.exit(1)
        fs.mkdirSync('build/Release', { recursive: true })
        fs.writeFileSync('build/Release/com_cancel.node', '')`,
    },
  }

  test('does nothing where a prebuild fits', () => {
    expect(project([process.arch])()).toEqual(nothing)
  })

  test('does nothing on systems other than Windows', ctx => {
    if (windows) ctx.skip('this is Windows')
    expect(project([])({}, false)).toEqual(nothing)
  })

  test('compiles with cmake-js where no prebuild fits, and where npm is asked to', () => {
    const other = process.arch === 'ia32' ? 'x64' : 'ia32'
    for (const [prebuilds, env] of [
      [[other], {}],
      [[process.arch], { npm_config_build_from_source: 'com-cancel' }],
    ] as const) {
      const { status, stdout, stderr } = project([...prebuilds], tools)(env)
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
      const { cwd, args } = JSON.parse(stdout.split('\n')[1] ?? '')
      expect(path.basename(cwd)).toBe('com-cancel')
      expect(args).toEqual(['compile', '--log-level', 'warn', '--arch', process.arch, '--config', 'Release'])
    }
  })

  test('fails with what to install where it cannot compile', () => {
    const { status, stderr } = project([])()
    expect(status).toBe(1)
    expect(stderr).toContain(`The package has no addon for win32-${process.arch}`)
    expect(stderr).toContain('npm install --save-dev cmake-js node-addon-api\n  npm rebuild com-cancel')
  })

  test('fails when the compiler fails', () => {
    const { status, stderr } = project([], tools)({ BROKEN: '1' })
    expect(status).toBe(1)
    expect(stderr).toContain('The addon was not compiled.')
  })

  test('uses modules of Node.js and of the package only, and fetches nothing', () => {
    const text = readFileSync(installed('scripts/install.mjs'), 'utf8')
    const imports = [...text.matchAll(/(?:from|require\()\s*'([^']+)'/g)].map(([, name]) => name)
    expect(new Set(imports)).toEqual(
      new Set(['node:child_process', 'node:fs', 'node:module', 'node:path', 'node:url', 'node-gyp-build']),
    )
    expect(text).not.toMatch(/fetch\(|https?:/)
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

  test('in node.exe under Wine it runs with the prebuilt addon, from ES modules and CommonJS', async ctx => {
    const host = hosts.node22
    if (windows || !isExpected('x64') || !existsSync(host?.executable ?? ''))
      ctx.skip('node.exe 22 is not set up (npm run setup:wine), or npm run prebuild has not been run')
    write(
      'in-wine.mjs',
      `import { ComThread, backend } from 'com-cancel'
       import { createRequire } from 'node:module'
       const required = createRequire(import.meta.url)('com-cancel')
       const thread = await ComThread.start({ apartment: 'mta' })
       const error = await thread.wait(60_000, { signal: AbortSignal.timeout(50) }).catch(error => error)
       await thread.close()
       console.log(JSON.stringify({ kind: backend.kind, name: error.name, same: required.ComThread === ComThread }))`,
    )
    let output = ''
    const collect = (text: string) => {
      output += text
    }
    const run = () =>
      runInWine(host as NonNullable<typeof host>, ['in-wine.mjs'], {
        cwd: consumer,
        timeout: 80_000,
        write: collect,
        env: { COM_CANCEL_BACKEND: undefined },
      })
    let code = await run()
    if (code === serverLost) {
      output = ''
      code = await run()
    }
    expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('{') })
    expect(JSON.parse(output)).toEqual({ kind: 'native', name: 'AbortError', same: true })
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
