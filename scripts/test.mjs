// @ts-check
// Runs the test projects in every host of this machine, then prints one summary of all of them.
//
//   node scripts/test.mjs [--long] [--only run[,run…]] [filter…]
//
// The runs: emulator, unit, package, native. Under Wine, native stands for node22, node20 and electron, which are also
// runs of their own; the run heap, where Wine reports blocks that are freed twice, is not part of it. A filter is a part
// of a test file's path. With --long (`npm run test:long`), tests repeat what they do many more times.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { inModules, inProject, main, root, run, ScriptError } from './lib/project.mjs'
import { app, executables, missingForWine, prepareWine, runInWine, windowsPath } from './lib/wine.mjs'

// A folder of this run alone: another run may go on at the same time.
const reports = inProject('node_modules/.cache/com-cancel', `${process.pid}`)
const onWindows = process.platform === 'win32'
const ci = process.env.CI === 'true'

const minutes = 60_000

/**
 * When a host under Wine is ended: after `silence` milliseconds without output, as every finished test prints a line,
 * and after `timeout` in any case.
 */
const limits = {
  gate: { silence: 20 * minutes, timeout: 120 * minutes },
  long: { silence: 150 * minutes, timeout: 24 * 60 * minutes },
}

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
    // CI has just made the prebuilds, so one run loads what is published instead of what was just built.
    env: ci && existsSync(inProject('prebuilds')) ? { PREBUILDS_ONLY: '1' } : {},
  },
  heap: { executable: executables[22], host: 'checked heap', env: { WINEDEBUG: '-all,err+heap,warn+heap' } },
}

main(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { only: { type: 'string' }, long: { type: 'boolean' } },
  })
  if (values.long) process.env.COM_CANCEL_TEST_LONG = '1'
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

  // With filters, whole projects may be left without a test.
  const expected = filters.length > 0 ? [] : outcome.expected
  outcome.note(summary(expected))
  outcome.finish()
})

/** Whether anything has failed, and the messages to print last. */
class Outcome {
  failed = false
  /** @type {string[]} */
  expected = []
  /** @type {string[]} */
  messages = []

  /** @param {number} code */
  note(code) {
    if (code !== 0) this.failed = true
  }

  /** @param {string[]} projects */
  expect(projects) {
    this.expected.push(...projects)
  }

  /** Runs a step that native runs need; false when it failed. @param {() => void} step */
  attempt(step) {
    try {
      step()
      return true
    } catch (error) {
      if (!(error instanceof ScriptError)) throw error
      this.failed = true
      this.messages.push(`The native suite was NOT run: ${error.message}`)
      return false
    }
  }

  /** @param {string} why */
  leaveOut(why) {
    if (ci) this.failed = true
    this.messages.push('The native suite was left out: only the emulator was tested.', why)
  }

  finish() {
    if (this.messages.length > 0) console.log(`\n${this.messages.join('\n')}`)
    if (this.failed) process.exitCode = 1
  }
}

const buildAddon = () => run(process.execPath, [inProject('scripts/build-native.mjs')])

/** The projects of vitest.config.mts that need the addon. @param {string} host */
const nativeProjects = host => [`native, ${host}`, `native, ${host}, workers`, `servers, ${host}`]

/** @param {string[]} projects */
const heading = projects => console.log(`\n== ${projects.join(' + ')}`)

/** @param {string[]} projects */
const projectOptions = projects => projects.flatMap(name => ['--project', name])

/** @param {string} report @param {string} [reporter] */
const reporterOptions = (report, reporter = 'default') => [
  `--reporter=${reporter}`,
  '--reporter=blob',
  `--outputFile.blob=${report}`,
]

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
  const limit = process.env.COM_CANCEL_TEST_LONG === '1' ? limits.long : limits.gate
  let heapErrors = 0
  const write = (/** @type {string} */ text) => {
    heapErrors += text.match(/^[0-9a-f]{4}:(err|warn):heap:/gm)?.length ?? 0
    process.stdout.write(text)
  }
  const code = await runInWine(
    executable,
    [
      // The bundler in WebAssembly needs WASI, and Node prints a warning for every instance.
      '--disable-warning=ExperimentalWarning',
      'node_modules/vitest/vitest.mjs',
      'run',
      // The bundler in WebAssembly can't bundle the configuration: it does not support drive letters.
      '--configLoader=runner',
      ...projectOptions(projects),
      // A line for each finished test, so that output shows progress.
      ...reporterOptions(file, 'verbose'),
      ...filters,
    ],
    { env: { ...env, COM_CANCEL_TEST_HOST: host }, ...limit, write },
  )
  if (heapErrors > 0)
    console.log(`${path.basename(executable)}: the heap was found damaged ${heapErrors} times.`)
  if (existsSync(report)) {
    writeFileSync(path.join(reports, `${name}.json`), asSeenFromHere(readFileSync(report, 'utf8')))
    rmSync(report)
  } else console.log(`${path.basename(executable)} ended with ${code} and left no report.`)
  return heapErrors > 0 ? 1 : code
}

/** Replaces the paths of the copy on a Windows drive by the project's own. @param {string} report */
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
