// The test projects: which tests run against which binding, and in what kind of process.

import { statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { defineConfig, type Plugin, type TestProjectInlineConfiguration } from 'vitest/config'

const contract = ['test/contract/**/*.test.ts']
const addon = { COM_CANCEL_BACKEND: 'native' }

// Wine itself now and then fails to start a process, or to reach a server that is just ending.
// In CI a native test is run a second time before it counts as failed; vitest names those that needed it.
const retry = process.env.CI === 'true' ? 1 : 0

function project(
  name: string,
  include: string[],
  env: Record<string, string> = {},
): TestProjectInlineConfiguration {
  const again = env.COM_CANCEL_BACKEND === 'native' ? { retry } : {}
  return { extends: true, test: { name, include, env, pool: 'forks', ...again } }
}

/** The same in worker threads of one process: one file after the other, as tests count what the process holds. */
function inWorkers({ test }: TestProjectInlineConfiguration): TestProjectInlineConfiguration {
  const sequence = { groupOrder: 1 }
  return { extends: true, test: { ...test, pool: 'threads', maxWorkers: 1, sequence } }
}

/**
 * Calls to real COM servers, in other processes too, and the tests in C++, which have some of their own: one file
 * after the other, as a server counts all its calls.
 */
function servers(host: string): TestProjectInlineConfiguration {
  const { test } = project(`servers, ${host}`, ['test/native/{com,units}/**/*.test.ts'], addon)
  return { extends: true, test: { ...test, maxWorkers: 1, sequence: { groupOrder: 2 } } }
}

/** The addon's suite, on the main thread of its own process and in worker threads. */
function native(host: string) {
  return [
    // What only the addon does differs by the line of Node, not by the executable's name.
    project(
      `native, ${host}`,
      [...contract, host === 'electron' ? 'test/native/smoke.test.ts' : 'test/native/*.test.ts'],
      addon,
    ),
    inWorkers(project(`native, ${host}, workers`, contract, addon)),
    servers(host),
  ]
}

const emulator = project('emulator', [...contract, 'test/emulator/**/*.test.ts'], {
  COM_CANCEL_BACKEND: 'emulator',
})
const unit = project('unit', ['test/unit/**/*.test.ts'], { COM_CANCEL_BACKEND: 'emulator' })
const installed = project('package', ['test/package/**/*.test.ts'])

// Several hosts on one machine are told apart by whoever starts them (scripts/test.mjs).
const thisHost = process.env.COM_CANCEL_TEST_HOST ?? `node ${process.versions.node.split('.')[0]}`

/**
 * Finds modules by relative paths. Under Wine vite's resolver runs as WebAssembly, and knows no drive letters:
 * left alone, it finds nothing.
 */
const relativeImports: Plugin = {
  name: 'relative-imports',
  enforce: 'pre',
  resolveId(source, importer) {
    if (!importer || !/^\.\.?\//.test(source)) return undefined
    const file = path.resolve(path.dirname(importer), source)
    const found = [file, `${file}.ts`].find(candidate =>
      statSync(candidate, { throwIfNoEntry: false })?.isFile(),
    )
    return found?.replaceAll('\\', '/')
  },
}

function projects() {
  // A merged report is about runs in several hosts: it finds their projects by name.
  if (process.argv.some(argument => argument.startsWith('--merge-reports'))) {
    const hosts = new Set([thisHost, 'node 20', 'node 22', 'electron', 'checked heap'])
    return [emulator, unit, installed, ...[...hosts].flatMap(native)]
  }
  return process.platform === 'win32'
    ? [emulator, unit, installed, ...native(thisHost)]
    : [emulator, unit, installed]
}

// biome-ignore lint/style/noDefaultExport: vitest looks for it.
export default defineConfig({
  plugins: process.platform === 'win32' ? [relativeImports] : [],
  test: {
    // Only what hangs takes so long: a busy machine is many times slower than a quiet one.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    slowTestThreshold: 3_000,
    // Most of the time a test waits: two at once even where there are few processors.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // Tests import the package as its users do, from dist: there's nothing in it for vitest to transform.
    server: { deps: { external: [/\/dist\//] } },
    projects: projects(),
  },
})
