// @ts-check
// What `npm test` runs: every suite in every host this machine has, then one summary over all of them.
//
//   node scripts/test.mjs [--only run[,run…]] [filter…]
//
// The runs: emulator, unit, package, native. Under Wine native is three runs, also to be had one by one: node22, node20,
// electron; and there is heap, where Wine looks out for blocks freed twice. A filter is a part of a test file's path.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { inModules, inProject, main, root, run, ScriptError } from './lib/project.mjs'
import { app, executables, missingForWine, prepareWine, runInWine, windowsPath } from './lib/wine.mjs'

// Of this run alone: another may go on at the same time.
const reports = inProject('node_modules/.cache/com-cancel', `${process.pid}`)
const onWindows = process.platform === 'win32'
const ci = process.env.CI === 'true'

/** Runs that need no addon. */
const here = ['emulator', 'unit', 'package']

/**
 * The native runs under Wine, each in a host of its own.
 * @type {Record<string, { executable: string, host: string, all?: boolean, env?: NodeJS.ProcessEnv }>}
 */
const wineRuns = {
  node22: { executable: executables[22], host: 'node 22', all: true },
  node20: { executable: executables[20], host: 'node 20' },
  electron: {
    executable: executables.electron,
    host: 'electron',
    // Where prebuilds are known to be fresh, one run loads what is published instead of what was just built.
    env: ci && existsSync(inProject('prebuilds')) ? { PREBUILDS_ONLY: '1' } : {},
  },
  heap: { executable: executables[22], host: 'checked heap', env: { WINEDEBUG: '-all,err+heap,warn+heap' } },
}

main(async () => {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { only: { type: 'string' } } })
  const filters = positionals.length > 0 ? ['--passWithNoTests', ...positionals] : []
  const names = [...here, 'native', ...(onWindows ? [] : Object.keys(wineRuns))]
  const only = values.only?.split(',') ?? [...here, 'native']
  const unknown = only.find(name => !names.includes(name))
  if (unknown !== undefined) throw new ScriptError(`--only takes ${names.join(', ')}, not ${unknown}.`)

  process.on('exit', () => rmSync(reports, { recursive: true, force: true }))
  mkdirSync(reports, { recursive: true })
  const outcome = new Outcome()

  const host = `node ${process.versions.node.split('.')[0]}`
  /** @type {string[]} */
  const projects = only.filter(name => here.includes(name))
  if (onWindows && only.includes('native')) {
    if (outcome.attempt(buildAddon)) projects.push(...nativeProjects(host))
  }
  if (projects.length > 0) {
    heading(projects)
    outcome.expect(projects)
    outcome.note(
      vitest([
        'run',
        ...projectOptions(projects),
        ...reporterOptions(path.join(reports, 'here.json')),
        ...filters,
      ]),
    )
  }

  const chosen = Object.entries(wineRuns).filter(
    ([name]) => only.includes(name) || (only.includes('native') && name !== 'heap'),
  )
  if (!onWindows && chosen.length > 0) {
    const missing = missingForWine()
    if (missing) outcome.leaveOut(missing)
    else if (outcome.attempt(prepareWine)) {
      for (const [name, wineRun] of chosen) {
        const { host, all = false } = wineRun
        const projects = all ? nativeProjects(host) : nativeProjects(host).slice(0, 1)
        heading(projects)
        outcome.expect(projects)
        outcome.note(await vitestInWine(name, wineRun, projects, filters))
      }
    }
  }

  // Filters leave whole projects without a test, and that is what they are for.
  const expected = filters.length > 0 ? [] : outcome.expected
  outcome.note(summary(expected))
  outcome.finish()
})

/** What has happened so far, and what is to be said about it at the end. */
class Outcome {
  failed = false
  /** @type {string[]} */
  expected = []
  /** @type {string[]} */
  lastWords = []

  /** @param {number} code */
  note(code) {
    if (code !== 0) this.failed = true
  }

  /** @param {string[]} projects */
  expect(projects) {
    this.expected.push(...projects)
  }

  /** Whether a step that native runs need has gone well. @param {() => void} step */
  attempt(step) {
    try {
      step()
      return true
    } catch (error) {
      if (!(error instanceof ScriptError)) throw error
      this.failed = true
      this.lastWords.push(`The native suite was NOT run: ${error.message}`)
      return false
    }
  }

  /** @param {string} why */
  leaveOut(why) {
    if (ci) this.failed = true
    this.lastWords.push('The native suite was left out: only the emulator was tested.', why)
  }

  finish() {
    if (this.lastWords.length > 0) console.log(`\n${this.lastWords.join('\n')}`)
    if (this.failed) process.exitCode = 1
  }
}

const buildAddon = () => run(process.execPath, [inProject('scripts/build-native.mjs')])

/** On the main thread, in worker threads, and with real COM servers; vitest.config.mts has them. @param {string} host */
const nativeProjects = host => [`native, ${host}`, `native, ${host}, workers`, `servers, ${host}`]

/** @param {string[]} projects */
const heading = projects => console.log(`\n== ${projects.join(' + ')}`)

/** @param {string[]} projects */
const projectOptions = projects => projects.flatMap(name => ['--project', name])

/** @param {string} report */
const reporterOptions = report => ['--reporter=default', '--reporter=blob', `--outputFile.blob=${report}`]

/** @param {string[]} args @param {NodeJS.ProcessEnv} [env] */
function vitest(args, env = {}) {
  const options = { cwd: root, env: { ...process.env, ...env }, stdio: /** @type {const} */ ('inherit') }
  return spawnSync(process.execPath, [inModules('vitest/vitest.mjs'), ...args], options).status ?? 1
}

/**
 * @param {string} name
 * @param {(typeof wineRuns)[string]} wineRun
 * @param {string[]} projects
 * @param {string[]} filters
 */
async function vitestInWine(name, { executable, host, env }, projects, filters) {
  const file = `reports/${process.pid}-${name}.json`
  const report = path.join(app, file)
  let heapErrors = 0
  const write = (/** @type {string} */ text) => {
    heapErrors += text.match(/^[0-9a-f]{4}:(err|warn):heap:/gm)?.length ?? 0
    process.stdout.write(text)
  }
  const code = await runInWine(
    executable,
    [
      // The bundler in WebAssembly needs WASI, about which Node warns once for every instance.
      '--disable-warning=ExperimentalWarning',
      'node_modules/vitest/vitest.mjs',
      'run',
      // The bundler in WebAssembly can't bundle the configuration: it knows no drive letters.
      '--configLoader=runner',
      ...projectOptions(projects),
      ...reporterOptions(file),
      ...filters,
    ],
    { env: { ...env, COM_CANCEL_TEST_HOST: host }, timeout: 15 * 60_000, write },
  )
  if (heapErrors > 0)
    console.log(`${path.basename(executable)}: the heap was found damaged ${heapErrors} times.`)
  if (existsSync(report)) {
    writeFileSync(path.join(reports, `${name}.json`), asSeenFromHere(readFileSync(report, 'utf8')))
    rmSync(report)
  } else console.log(`${path.basename(executable)} ended with ${code} and left no report.`)
  return heapErrors > 0 ? 1 : code
}

/** A report whose files are the project's own instead of their copies on a Windows drive. @param {string} report */
function asSeenFromHere(report) {
  const copy = windowsPath(app)
  const doublyEscaped = copy.replaceAll('\\', '\\\\')
  return report
    .replaceAll(`file:///${copy.replaceAll('\\', '/')}`, `file://${root}`)
    .replaceAll(copy.replaceAll('\\', '/'), root)
    .replaceAll(doublyEscaped, root)
}

/** @param {string[]} expected */
function summary(expected) {
  if (readdirSync(reports).length === 0) return expected.length > 0 ? 1 : 0
  heading(['summary'])
  const args = [
    '--run',
    `--merge-reports=${reports}`,
    `--reporter=${inProject('scripts/lib/summary-reporter.mjs')}`,
  ]
  return vitest(args, { COM_CANCEL_EXPECTED_PROJECTS: expected.join('\n') })
}
