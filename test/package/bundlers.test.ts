// A small program, bundled with com-cancel in it and without: by esbuild, webpack, Rollup and Vite. The emulator runs in
// each bundle; the addon needs the package outside the bundle, and an error says so.
import { execFileSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import commonjs from '@rollup/plugin-commonjs'
import nodeResolve from '@rollup/plugin-node-resolve'
import { build as esbuild } from 'esbuild'
import { rollup } from 'rollup'
import { build as vite } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import webpack from 'webpack'
import { asOnWindows } from '../support/as-on-windows'

const root = path.join(import.meta.dirname, '../..')

const program = `
  import { ComObject, ComThread, backend } from 'com-cancel'
  import { Emulator } from 'com-cancel/emulator'
  Emulator.shared.registerClass({ progId: 'Slow.Server', create: () => ({}), methods: { Work: () => new Promise(() => {}) } })
  const run = async () => {
    const thread = await ComThread.start({ apartment: 'sta' })
    const object = await thread.createObject('Slow.Server')
    const error = await object.call('Work', [], { timeout: 20 }).catch(error => error)
    console.log(JSON.stringify({ kind: backend.kind, reason: error.reason, same: object instanceof ComObject }))
    await thread.close()
  }
  run()
`

type Format = 'esm' | 'cjs'
interface Options {
  input: string
  output: string
  format: Format
  /** Whether com-cancel stays outside the bundle. */
  external: boolean
}

const isPackage = (id: string): boolean => /^com-cancel($|\/)/.test(id)

/** What docs/packaging.md shows for esbuild and ES modules: CommonJS in such a bundle calls `require`. */
const requireInModules =
  "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);"

const bundlers: Record<string, (options: Options) => Promise<unknown>> = {
  esbuild: ({ input, output, format, external }) =>
    esbuild({
      entryPoints: [input],
      outfile: output,
      bundle: true,
      platform: 'node',
      format,
      logLevel: 'error',
      ...(external ? { external: ['com-cancel'] } : {}),
      ...(format === 'esm' ? { banner: { js: requireInModules } } : {}),
    }),

  webpack: async ({ input, output, format, external }) => {
    const type = format === 'esm' ? 'module' : 'commonjs2'
    const compiler = webpack({
      context: path.dirname(input),
      entry: input,
      mode: 'production',
      optimization: { minimize: false },
      target: 'node20',
      experiments: { outputModule: format === 'esm' },
      output: { path: path.dirname(output), filename: path.basename(output), library: { type } },
      ...(external
        ? { externals: [/^com-cancel/], externalsType: format === 'esm' ? 'module' : 'commonjs' }
        : {}),
    })
    if (!compiler) throw new Error('webpack made no compiler')
    const stats = await promisify(compiler.run.bind(compiler))()
    await promisify(compiler.close.bind(compiler))()
    const { errors = [], warnings = [] } = stats?.toJson({ errors: true, warnings: true }) ?? {}
    expect([...errors, ...warnings].map(({ message }) => message)).toEqual([])
  },

  Rollup: async ({ input, output, format, external }) => {
    const bundle = await rollup({
      input,
      plugins: [nodeResolve({ preferBuiltins: true }), commonjs()],
      external: id => id.startsWith('node:') || (external && isPackage(id)),
      onwarn: ({ code, message }) => {
        // node-gyp-build has conditional requires of modules of Node.js.
        if (code !== 'UNRESOLVED_IMPORT' && code !== 'CIRCULAR_DEPENDENCY') throw new Error(message)
      },
    })
    await bundle.write({ file: output, format })
    await bundle.close()
  },

  'Vite SSR': ({ input, output, format, external }) =>
    vite({
      configFile: false,
      root: path.dirname(input),
      logLevel: 'error',
      // By default Vite leaves packages outside, but for linked ones.
      ssr: external ? { external: ['com-cancel'] } : { noExternal: ['com-cancel', 'node-gyp-build'] },
      build: {
        ssr: input,
        outDir: path.dirname(output),
        emptyOutDir: false,
        rolldownOptions: { output: { format, entryFileNames: path.basename(output) } },
      },
    }),
}

describe.each(Object.keys(bundlers))('a program that %s has bundled', name => {
  const build = bundlers[name] as (typeof bundlers)[string]
  let folder: string

  beforeAll(() => {
    folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'com-cancel-bundle-')))
    mkdirSync(path.join(folder, 'node_modules'))
    symlinkSync(root, path.join(folder, 'node_modules/com-cancel'), 'junction')
    writeFileSync(path.join(folder, 'package.json'), '{ "name": "app", "private": true }')
    writeFileSync(path.join(folder, 'program.mjs'), program)
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const bundle = async (format: Format, external: boolean): Promise<string> => {
    const file = path.join(folder, external ? 'apart' : 'whole', format === 'esm' ? 'main.mjs' : 'main.cjs')
    mkdirSync(path.dirname(file), { recursive: true })
    await build({ input: path.join(folder, 'program.mjs'), output: file, format, external })
    return file
  }

  it('runs the emulator in the bundle, and names what to do where the addon is wanted', async () => {
    const whole = await bundle('esm', false)
    // Nothing but the bundle is there.
    const alone = mkdtempSync(path.join(tmpdir(), 'com-cancel-alone-'))
    try {
      const moved = path.join(alone, path.basename(whole))
      writeFileSync(moved, readText(whole))
      expect(JSON.parse(run(moved, { COM_CANCEL_BACKEND: 'emulator' }))).toEqual(expected)
      // It must not load an addon of the program.
      expect(() => run(moved, { COM_CANCEL_BACKEND: 'native' }, asOnWindows(folder))).toThrow(
        /com-cancel: this code is in a bundle, so it does not find the addon\. Leave the package out/,
      )
    } finally {
      rmSync(alone, { recursive: true, force: true })
    }
  })

  it('uses the package outside the bundle', async () => {
    const apart = await bundle('cjs', true)
    expect(readText(apart).length).toBeLessThan(10_000)
    expect(JSON.parse(run(apart, { COM_CANCEL_BACKEND: 'emulator' }))).toEqual(expected)
  })
})

const expected = { kind: 'emulator', reason: 'timeout', same: true }

const readText = (file: string): string => readFileSync(file, 'utf8')

function run(file: string, env: NodeJS.ProcessEnv, options: string[] = []): string {
  return execFileSync(process.execPath, [...options, file], {
    env: { ...process.env, ...env },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}
