// The test projects: which tests run with which binding, and in which kind of process.

import { statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { defineConfig, type Plugin, type TestProjectInlineConfiguration } from 'vitest/config'

const onWindows = process.platform === 'win32'
const contract = ['test/contract/**/*.test.ts']
const addon = { COM_CANCEL_BACKEND: 'native' }

// Wine sometimes fails to start a process, or to reach a server that is about to end. In CI a native test that fails
// is run a second time; the summary lists the tests that passed only then (scripts/lib/summary-reporter.mjs).
const retry = process.env.CI === 'true' ? 1 : 0

function project(
  name: string,
  include: string[],
  env: Record<string, string> = {},
): TestProjectInlineConfiguration {
  const native = env.COM_CANCEL_BACKEND === 'native'
  // Without the addon, a process runs one file after the other: to start it and load the modules costs more than most
  // tests. Wine serves the objects of 63 apartments in one process, so there each file has its own.
  const isolate = native
  return { extends: true, test: { name, include, env, pool: 'forks', isolate, ...(native ? { retry } : {}) } }
}

/** The same project in worker threads of one process; one file after the other, as tests check counts of the process. */
function inWorkers({ test }: TestProjectInlineConfiguration): TestProjectInlineConfiguration {
  const sequence = { groupOrder: 1 }
  return { extends: true, test: { ...test, pool: 'threads', maxWorkers: 1, sequence } }
}

/**
 * Calls to real COM servers, and the tests in C++, which have servers too. One file after the other, as tests check
 * the counts of servers.
 */
function servers(host: string): TestProjectInlineConfiguration {
  const { test } = project(`servers, ${host}`, ['test/native/{com,units}/**/*.test.ts'], addon)
  return { extends: true, test: { ...test, maxWorkers: 1, sequence: { groupOrder: 2 } } }
}

/**
 * What a worker does not change: programs that end, and values. Wine serves the objects of 63 apartments in one process,
 * counting those that are gone. The tests of nested calls use half of them; the random programs of the contract nest
 * calls too, in few apartments.
 */
const notInWorkers = ['nested-calls', 'process', 'security', 'server-process', 'values'].map(
  name => `!test/contract/${name}.test.ts`,
)

/** The projects that use the addon. */
function native(host: string) {
  return [
    // Tests of the addon alone depend on the version of Node, not on the executable's name.
    project(
      `native, ${host}`,
      [...contract, host === 'electron' ? 'test/native/smoke.test.ts' : 'test/native/*.test.ts'],
      addon,
    ),
    inWorkers(project(`native, ${host}, workers`, [...contract, ...notInWorkers], addon)),
    servers(host),
  ]
}

const emulator = project('emulator', [...contract, 'test/emulator/**/*.test.ts'], {
  COM_CANCEL_BACKEND: 'emulator',
})
const unit = project('unit', ['test/unit/**/*.test.ts', 'examples/**/*.test.ts'], {
  COM_CANCEL_BACKEND: 'emulator',
})
const installed = project('package', ['test/package/**/*.test.ts'])

// scripts/test.mjs names the host when there are several on one machine.
const thisHost = process.env.COM_CANCEL_TEST_HOST ?? `node ${process.versions.node.split('.')[0]}`

/**
 * Resolves relative imports. Under Wine vite's resolver runs as WebAssembly, does not support drive letters, and finds
 * no modules.
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
  // A merged report needs the projects of all hosts, which scripts/test.mjs names.
  const hosts = process.env.COM_CANCEL_TEST_HOSTS?.split(',')
  if (hosts) return [emulator, unit, installed, ...[...new Set([thisHost, ...hosts])].flatMap(native)]
  return onWindows ? [emulator, unit, installed, ...native(thisHost)] : [emulator, unit, installed]
}

// biome-ignore lint/style/noDefaultExport: vitest looks for it.
export default defineConfig({
  plugins: onWindows ? [relativeImports] : [],
  test: {
    // Only what hangs takes so long: a busy machine is many times slower than a quiet one.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    slowTestThreshold: 3_000,
    // Tests wait most of the time, so several files run at once even on few processors.
    maxWorkers: Math.max(onWindows ? 2 : 4, availableParallelism() - 1),
    // Tests import the built package, which vitest need not transform.
    server: { deps: { external: [/\/dist\//] } },
    projects: projects(),
  },
})
