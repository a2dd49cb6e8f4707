// @ts-check
// Runs the test projects in every host of this machine, then prints one summary of all of them.
//
//   node scripts/test.mjs [--long] [--only run[,run…]] [filter…]
//
// The runs: emulator, unit, package, native. Under Wine, native stands for a run in each host of scripts/lib/wine-runs.mjs,
// which are also runs of their own; the run heap, where Wine reports blocks that are freed twice, is not part of it. Hosts
// that take minutes to set up are left out, and named at the end, unless they are set up, or named here, or this is CI. A
// filter is a part of a test file's path. With --long (`npm run test:long`), tests repeat what they do many more times.

import { spawn } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { hosts, impossible, isSetUp, missingForHost } from './lib/hosts.mjs'
import { inModules, inProject, main, root, run, ScriptError } from './lib/project.mjs'
import { missingForWine } from './lib/toolchain.mjs'
import { prepareWine } from './lib/wine.mjs'
import { nativeProjects, runTestsInWine, wineRuns } from './lib/wine-runs.mjs'

// A folder of this run alone: another run may go on at the same time.
const reports = inProject('node_modules/.cache/com-cancel', `${process.pid}`)
const onWindows = process.platform === 'win32'
const ci = process.env.CI === 'true'

/** Runs that need no addon. */
const here = ['emulator', 'unit', 'package']

main(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { only: { type: 'string' }, long: { type: 'boolean' } },
  })
  if (values.long) process.env.COM_CANCEL_TEST_LONG = '1'
  const filters = positionals
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
    if (outcome.attempt(buildAddon)) projects.push(...Object.values(nativeProjects(host)))
  }
  const lanes = onWindows ? [] : wineLanes(only, filters, outcome)
  if (projects.length > 0) lanes.push([{ projects, run: write => runHere(projects, filters, write) }])
  await runLanes(lanes, outcome)

  // With filters, whole projects may be left without a test.
  const expected = filters.length > 0 ? [] : outcome.expected
  outcome.note(await summary(expected))
  outcome.finish()
})

/**
 * A run of test projects. `write` shows its output; the result is an exit code.
 * @typedef {{ projects: string[], run: (write: (text: string) => void) => Promise<number> }} Run
 */

/**
 * Runs lanes at the same time, the runs of each one after the other: tests mostly wait. The output of the first lane is
 * shown as it comes, that of a run in another one when the run has ended.
 * @param {Run[][]} lanes @param {Outcome} outcome
 */
async function runLanes(lanes, outcome) {
  await Promise.all(
    lanes.map(async (lane, index) => {
      for (const { projects, run } of lane) {
        let output = headingOf(projects)
        const write = (/** @type {string} */ text) => {
          if (index === 0) process.stdout.write(text)
          else output += text
        }
        if (index === 0) process.stdout.write(output)
        outcome.expect(projects)
        outcome.note(await run(write))
        if (index > 0) process.stdout.write(output)
      }
    }),
  )
}

/** @param {string[]} projects @param {string[]} filters @param {(text: string) => void} write */
const runHere = (projects, filters, write) =>
  vitest(
    [
      'run',
      ...projectOptions(projects),
      '--reporter=default',
      '--reporter=blob',
      `--outputFile.blob=${path.join(reports, 'here.json')}`,
      ...(filters.length > 0 ? ['--passWithNoTests', ...filters] : []),
    ],
    write,
  )

/**
 * Prepares the wanted hosts under Wine, and says what is left out. Prefixes of Wine share nothing, so each is a lane.
 * @param {string[]} only @param {string[]} filters @param {Outcome} outcome
 * @returns {Run[][]}
 */
function wineLanes(only, filters, outcome) {
  const wanted = Object.entries(wineRuns).flatMap(([name, { host }]) => {
    if (!only.includes(name) && (name === 'heap' || !only.includes('native'))) return []
    const never = impossible(hosts[host])
    if (never === undefined) return [name]
    outcome.tell(name, never)
    return []
  })
  if (wanted.length === 0) return []
  const missing = missingForWine()
  if (missing) {
    outcome.leaveOut('the native suite', missing)
    return []
  }
  // A set-up of minutes is asked for: by name, by CI, or by `npm run setup:wine`.
  const chosen = Object.entries(wineRuns).filter(([name, { host }]) => {
    if (!wanted.includes(name)) return false
    if (ci || only.includes(name)) return true
    return missingForHost(hosts[host]) === undefined && (!hosts[host].wine.root || isSetUp(host))
  })
  for (const name of wanted) {
    const host = wineRuns[name]?.host
    if (!host || chosen.some(([other]) => other === name)) continue
    outcome.leaveOut(name, missingForHost(hosts[host]) ?? `To set it up: npm run setup:wine -- ${host}`)
  }
  if (!outcome.attempt(() => prepareWine([...new Set(chosen.map(([, { host }]) => host))]))) return []
  /** @type {Map<string, Run[]>} */
  const lanes = new Map()
  for (const [name, wineRun] of chosen) {
    const { prefix } = hosts[wineRun.host].wine
    const report = path.join(reports, name)
    lanes.set(prefix, [
      ...(lanes.get(prefix) ?? []),
      { projects: wineRun.projects, run: write => runTestsInWine(wineRun, filters, report, write) },
    ])
  }
  return [...lanes.values()]
}

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

  /** In CI a failure. @param {string} what @param {string} why */
  leaveOut(what, why) {
    if (ci) this.failed = true
    this.tell(what, why)
  }

  /** @param {string} what @param {string} why */
  tell(what, why) {
    this.messages.push(`LEFT OUT: ${what}. ${why}`)
  }

  finish() {
    if (this.messages.length > 0) console.log(`\n${this.messages.join('\n')}`)
    if (this.failed) process.exitCode = 1
  }
}

/** In CI with the test server, which the workflow has registered before. */
const buildAddon = () =>
  run(process.execPath, [inProject('scripts/build-native.mjs'), ...(ci ? ['--prime'] : [])])

/** @param {string[]} projects */
const headingOf = projects => `\n== ${projects.join(' + ')}\n`

/** @param {string[]} projects */
const projectOptions = projects => projects.flatMap(name => ['--project', name])

/**
 * @param {string[]} args @param {(text: string) => void} write @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<number>} the exit code
 */
function vitest(args, write, env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [inModules('vitest/vitest.mjs'), ...args], {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', write)
    child.on('error', reject)
    child.on('close', code => resolve(code ?? 1))
  })
}

/** @param {string[]} expected */
async function summary(expected) {
  if (readdirSync(reports).length === 0) return expected.length > 0 ? 1 : 0
  const write = (/** @type {string} */ text) => void process.stdout.write(text)
  write(headingOf(['summary']))
  const args = [
    '--run',
    `--merge-reports=${reports}`,
    `--reporter=${inProject('scripts/lib/summary-reporter.mjs')}`,
  ]
  return vitest(args, write, {
    COM_CANCEL_EXPECTED_PROJECTS: expected.join('\n'),
    COM_CANCEL_TEST_HOSTS: Object.values(wineRuns)
      .map(({ title }) => title)
      .join(','),
  })
}
