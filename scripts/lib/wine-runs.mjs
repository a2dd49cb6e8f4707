// @ts-check
// The test runs under Wine, one in each host: which tests each runs, and how it is ended when it hangs.

import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { hosts } from './hosts.mjs'
import { preparePlainTests } from './plain-tests.mjs'
import { inModules, inProject, root } from './project.mjs'
import { app, windowsPath } from './windows-app.mjs'
import { runInWine, serverLost } from './wine.mjs'

/**
 * @typedef {object} WineRun
 * @property {import('./hosts.mjs').HostName} host
 * @property {string} title the host's name in the names of test projects
 * @property {string[]} projects
 * @property {string[]} [files] parts of the paths of the test files that run; by default all of the projects
 * @property {string[][]} [plain] the test files that test/plain runs as the first project, in a host in which vitest
 *   does not run: those of each process
 * @property {string} [ownCrash] what the host prints when it ends by a fault of its own: the tests then run once more
 * @property {NodeJS.ProcessEnv} [env]
 */

/**
 * The projects of vitest.config.mts that need the addon: the contract and the addon's own tests, the contract in worker
 * threads, and calls to real COM servers.
 * @param {string} host
 */
export const nativeProjects = host => {
  const native = `native, ${host}`
  return { native, workers: `${native}, workers`, servers: `servers, ${host}` }
}

const { native: inNode20 } = nativeProjects('node 20')
const inNode22 = nativeProjects('node 22')
const inNode24 = nativeProjects('node 24')

/** That the addon loads, and the contract. */
const contract = [
  'test/native/smoke.test.ts',
  ...readdirSync(inProject('test/contract'))
    .filter(name => name.endsWith('.test.ts'))
    .map(name => `test/contract/${name}`),
]

/** What depends on Node's version most: that the addon loads, threads, cancels, and the end of a program. */
const dependsOnNode = [
  'smoke',
  'exits',
  'contract/cancel',
  'contract/com-thread',
  'contract/process',
  'contract/timeouts',
  'across-workers',
]

const isNested = (/** @type {string} */ file) => file.includes('nested-calls')
/**
 * The contract for test/plain. Wine serves the objects of 63 apartments in one process, counting those that are gone; the
 * tests of nested calls use half of them.
 */
const plainContract = [contract.filter(file => !isNested(file)), contract.filter(isNested)]

/**
 * What does not depend on the program that runs JavaScript: host processes, security, and what is repeated many times. The
 * long run has it.
 */
const notInOthers = ['hosts', 'model', 'nested-calls', 'security', 'server-process', 'storm', 'values'].map(
  name => `test/contract/${name}.test.ts`,
)

const startsPrograms = (/** @type {string} */ file) => /smoke|process\.test/.test(file)
const inOthers = contract.filter(file => !notInOthers.includes(file))
/** The contract for test/plain in Bun and Deno. A fault of Deno's ends the process whose tests start programs. */
const others =
  process.env.COM_CANCEL_TEST_LONG === '1'
    ? plainContract
    : [inOthers.filter(file => !startsPrograms(file)), inOthers.filter(startsPrograms)]

/**
 * The runs by their command-line names. One host runs everything; the others run what can differ there: Node and its
 * version in native, Wine in servers.
 * @type {Record<string, WineRun>}
 */
export const wineRuns = {
  node22: { host: 'node22', title: 'node 22', projects: [inNode22.native] },
  node20: { host: 'node20', title: 'node 20', projects: [inNode20], files: ['contract/', 'smoke'] },
  servers: { host: 'servers', title: 'node 22', projects: [inNode22.servers], files: ['native/com/'] },
  workers: { host: 'workers', title: 'node 22', projects: [inNode22.workers] },
  electron: {
    host: 'electron',
    title: 'electron',
    projects: [nativeProjects('electron').native],
    // It is node22's executable: what depends on its name, and that the published addon works.
    files: ['smoke', 'contract/cancel', 'contract/com-thread', 'contract/process'],
    // CI has just made the prebuilds, so one run loads what is published instead of what was just built.
    env: process.env.CI === 'true' && existsSync(inProject('prebuilds')) ? { PREBUILDS_ONLY: '1' } : {},
  },
  // They mostly wait, and run when other prefixes are done.
  units: { host: 'workers', title: 'node 22', projects: [inNode22.servers], files: ['native/units/'] },
  node24: {
    host: 'node24',
    title: 'node 24',
    projects: [inNode24.native, inNode24.servers],
    // And what depends on Wine: not the counts of look-ups, storms and repetitions. The tests in C++ run in ia32, those
    // that start programs and workers in node26.
    files: [
      ...dependsOnNode.filter(file => !['exits', 'contract/process', 'across-workers'].includes(file)),
      'com/cancellation',
      'com/objects',
      'com/system',
    ],
  },
  node26: {
    host: 'node26',
    title: 'node 26',
    projects: [nativeProjects('node 26').native],
    files: dependsOnNode,
  },
  ia32: {
    host: 'ia32',
    title: 'node 22 ia32',
    projects: [nativeProjects('node 22 ia32').native],
    plain: [...plainContract, ['test/native/units/units.test.ts']],
  },
  bun: { host: 'bun', title: 'bun', projects: [nativeProjects('bun').native], plain: others },
  deno: {
    host: 'deno',
    title: 'deno',
    projects: [nativeProjects('deno').native],
    plain: others,
    // Under Wine 10, when a program that it has started ends: a state of a named pipe that its library does not expect.
    ownCrash: 'Deno has panicked',
  },
  heap: {
    host: 'node22',
    title: 'checked heap',
    projects: [nativeProjects('checked heap').native, nativeProjects('checked heap').servers],
    env: { WINEDEBUG: '-all,err+heap,warn+heap' },
  },
}

const minutes = 60_000

/**
 * When a host under Wine is ended: after `silence` milliseconds without output, as every finished test prints a line,
 * and after `timeout` in any case.
 */
const limits = {
  gate: { silence: 20 * minutes, timeout: 120 * minutes },
  long: { silence: 150 * minutes, timeout: 24 * 60 * minutes },
}

/**
 * Runs test projects in a host. Writes reports for vitest to merge, in which paths are those of this machine.
 * @param {WineRun} wineRun
 * @param {string[]} filters parts of the paths of test files
 * @param {string} report the file of the report, without its extension
 * @param {(text: string) => void} show
 * @returns {Promise<number>} the exit code
 */
export async function runTestsInWine(wineRun, filters, report, show) {
  const { plain } = wineRun
  if (!plain) return runTwice(wineRun, app, file => vitestCommand(wineRun, filters, file), report, show)
  const folder = preparePlainTests(hosts[wineRun.host].arch ?? 'x64')
  let code = 0
  for (const [index, group] of plain.entries()) {
    const files = group.filter(file => filters.length === 0 || filters.some(filter => file.includes(filter)))
    if (files.length === 0) continue
    const command = (/** @type {string} */ file) => plainCommand(wineRun, files, file)
    code = (await runTwice(wineRun, folder, command, `${report}-${index}`, show)) || code
  }
  return code
}

/**
 * Runs a command, and once more when it was ended by a fault of the host or of Wine, not by the tests.
 * @param {WineRun} wineRun
 * @param {string} folder
 * @param {(file: string) => string[]} commandFor the command that writes a report
 * @param {string} report
 * @param {(text: string) => void} show
 */
async function runTwice(wineRun, folder, commandFor, report, show) {
  const { title, ownCrash } = wineRun
  let crashed = false
  const code = await runCommand(wineRun, folder, commandFor, report, text => {
    crashed ||= ownCrash !== undefined && text.includes(ownCrash)
    show(text)
  })
  if (!crashed && code !== serverLost) return code
  show(`${title}: ended by a fault of ${crashed ? 'its own' : "Wine's server"}; the tests run once more.\n`)
  return runCommand(wineRun, folder, commandFor, report, show)
}

/**
 * @param {WineRun} wineRun
 * @param {string} folder
 * @param {(file: string) => string[]} commandFor the command that writes a report
 * @param {string} report
 * @param {(text: string) => void} show
 */
async function runCommand({ host, title, env, plain }, folder, commandFor, report, show) {
  const { args = [] } = hosts[host]
  const file = path.join(
    folder,
    'reports',
    `${path.basename(path.dirname(report))}-${path.basename(report)}.json`,
  )
  const limit = process.env.COM_CANCEL_TEST_LONG === '1' ? limits.long : limits.gate
  let heapErrors = 0
  const write = (/** @type {string} */ text) => {
    heapErrors += text.match(/^[0-9a-f]{4}:(err|warn):heap:/gm)?.length ?? 0
    show(text)
  }
  const code = await runInWine(hosts[host], [...args, ...commandFor(file)], {
    cwd: folder,
    env: {
      ...env,
      // The copy of the project has no links. To look for them, Wine asks several processes about each folder of a path.
      ...(plain ? {} : { NODE_OPTIONS: '--preserve-symlinks --preserve-symlinks-main' }),
      COM_CANCEL_BACKEND: 'native',
      COM_CANCEL_TEST_HOST: title,
      COM_CANCEL_HOST_ARGUMENTS: args.join(' '),
    },
    ...limit,
    write,
  })
  if (heapErrors > 0) show(`${title}: the heap was found damaged ${heapErrors} times.\n`)
  if (existsSync(file)) {
    writeFileSync(`${report}.json`, asSeenFromHere(readFileSync(file, 'utf8'), folder))
    rmSync(file)
  } else show(`${title}: the tests ended with ${code} and left no report.\n`)
  return heapErrors > 0 ? 1 : code
}

/** @param {WineRun} wineRun @param {string[]} filters @param {string} report */
const vitestCommand = ({ projects, files = [] }, filters, report) => [
  // The bundler in WebAssembly needs WASI, and Node prints a warning for every instance.
  '--disable-warning=ExperimentalWarning',
  'node_modules/vitest/vitest.mjs',
  'run',
  // The bundler in WebAssembly can't bundle the configuration: it does not support drive letters.
  '--configLoader=runner',
  ...projects.flatMap(name => ['--project', name]),
  // A line for each finished test, so that output shows progress.
  '--reporter=verbose',
  '--reporter=blob',
  `--outputFile.blob=${windowsPath(report)}`,
  ...(filters.length > 0 ? ['--passWithNoTests', ...filters] : files),
]

/** @param {WineRun} wineRun @param {string[]} files @param {string} report */
const plainCommand = ({ projects }, files, report) => [
  'test/plain/run.mjs',
  ...['--project', projects[0] ?? ''],
  ...['--report', windowsPath(report)],
  ...['--version', JSON.parse(readFileSync(inModules('vitest/package.json'), 'utf8')).version],
  ...['--retry', process.env.CI === 'true' ? '1' : '0'],
  '--',
  ...files,
]

/** Replaces the paths of a copy on a Windows drive by the project's own. @param {string} report @param {string} folder */
function asSeenFromHere(report, folder) {
  const copy = windowsPath(folder)
  const doublyEscaped = copy.replaceAll('\\', '\\\\')
  return report
    .replaceAll(`file:///${copy.replaceAll('\\', '/')}`, `file://${root}`)
    .replaceAll(copy.replaceAll('\\', '/'), root)
    .replaceAll(doublyEscaped, root)
}
