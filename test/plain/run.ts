// Runs test files in this process, in hosts in which vitest does not run, and writes a report that vitest can merge.
//
//   run.mjs --project name --report file --version version [--retry times] -- file.test.ts…
//
// One file after the other, in one process. Each finished test prints a line.
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { type File, startTests, type TaskResult, type Test, type VitestRunner } from '@vitest/runner'
import { getFullName, getTests } from '@vitest/runner/utils'
import { stringify } from 'flatted'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    project: { type: 'string', default: '' },
    report: { type: 'string', default: '' },
    version: { type: 'string', default: '' },
    retry: { type: 'string', default: '0' },
  },
})

const root = path.resolve(import.meta.dirname, '../..')

const show = (test: Test): void => {
  const { state, duration = 0, errors = [] }: Partial<TaskResult> = test.result ?? {}
  const mark = state === 'pass' ? '✓' : state === 'fail' ? '×' : '↓'
  console.log(` ${mark} ${getFullName(test, ' > ')} ${Math.round(duration)}ms`)
  for (const { stack, message, diff } of errors)
    console.log(`${stack ?? message}${diff ? `\n${diff}` : ''}\n`)
}

const runner: VitestRunner = {
  config: {
    root: root.replaceAll('\\', '/'),
    name: values.project,
    setupFiles: [],
    passWithNoTests: true,
    testNamePattern: undefined,
    allowOnly: false,
    sequence: { seed: 0, hooks: 'stack', setupFiles: 'list' },
    chaiConfig: undefined,
    maxConcurrency: 5,
    // As in vitest.config.mts.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    retry: Number(values.retry),
    includeTaskLocation: false,
    tags: [],
    tagsFilter: undefined,
    strictTags: false,
  },
  pool: 'forks',
  importFile: file => import(pathToFileURL(file.replace(/\.ts$/, '.mjs')).href),
  onAfterRunTask: show,
}

// Bun's frames without a file, for which vitest would look for a file when it prints the error.
const withoutFile = /^ +at .*(\(native:\d+:\d+\)|unknown)\n?/gm

const begin = performance.now()
const files: File[] = []
// Tests of the binding itself wait for its callbacks, which do not keep the process alive.
setInterval(() => {}, 60_000)

for (const file of positionals)
  files.push(...(await startTests([path.join(root, file).replaceAll('\\', '/')], runner)))

const tests = files.flatMap(file => getTests(file))
for (const { result } of [...files, ...tests])
  for (const error of result?.errors ?? [])
    if (error.stack) error.stack = error.stack.replaceAll(withoutFile, '')
const failed = tests.filter(test => test.result?.state === 'fail').length
const passed = tests.filter(test => test.result?.state === 'pass').length
for (const { name, result } of files)
  for (const { stack, message } of result?.errors ?? []) console.log(`${name}: ${stack ?? message}`)
console.log(
  `\n ${values.project}: ${passed} passed, ${failed} failed, ${tests.length - passed - failed} skipped`,
)

// The format of vitest's blob reporter: version, files, errors, coverage, duration, module graphs.
const report = [values.version, files, [], undefined, performance.now() - begin, {}]
mkdirSync(path.dirname(values.report), { recursive: true })
writeFileSync(values.report, stringify(report))
// A thread that a failed test has left behind would keep the process.
process.exit(failed > 0 || files.some(({ result }) => result?.state === 'fail') ? 1 : 0)
