// The command `doctor`: what runs here and why, a self-test, and what to do about each problem.
import os from 'node:os'
import { HResult, hex } from '../errors/hresult'
import type { BindingInfo } from '../index'
import { type AddonFile, addonFile, prebuilds } from './addon'
import { exitCodes, messageOf } from './exits'
import type { Outcome } from './self-test'
import { api } from './session'
import { print, printJson, styled, table, withSpinner } from './terminal'
import { version } from './version'

export interface DoctorOptions {
  json?: boolean | undefined
}

interface Problem {
  problem: string
  advice: string
}

interface Report {
  versions: Record<string, string>
  system: Record<string, string>
  /** `info` is null when the binding cannot be loaded. */
  binding: { chosen: 'native' | 'emulator' | null; because: string; info: BindingInfo | null }
  /** Null where the addon is not used. */
  addon: AddonFile | null
  /** The apartment of this thread; null when the binding cannot be loaded. */
  apartment: string | null
  selfTest: Outcome[]
  problems: Problem[]
}

const versions = (): Record<string, string> => {
  const { node, modules, napi, electron, bun, deno } = process.versions as Record<string, string | undefined>
  const all = { 'com-cancel': version(), 'Node.js': node, Electron: electron, Bun: bun, Deno: deno, modules }
  const named = { ...all, 'Node-API': napi, program: process.execPath }
  return Object.fromEntries(
    Object.entries(named).filter((each): each is [string, string] => each[1] !== undefined),
  )
}

const system = (): Record<string, string> => ({
  platform: `${process.platform}-${process.arch}`,
  version: `${os.version()} ${os.release()}`,
  processors: String(os.availableParallelism()),
})

const chosen = (): { chosen: 'native' | 'emulator' | null; because: string } => {
  const named = process.env.COM_CANCEL_BACKEND
  if (named === 'native' || named === 'emulator')
    return { chosen: named, because: `COM_CANCEL_BACKEND is ${named}` }
  if (named) return { chosen: null, because: `COM_CANCEL_BACKEND is ${named}` }
  if (process.platform === 'win32') return { chosen: 'native', because: 'this is Windows' }
  return { chosen: 'emulator', because: `this is ${process.platform}, which has no COM` }
}

/** What to do when the binding cannot be loaded. */
const loadProblem = (error: unknown, found: AddonFile | null): Problem => {
  const problem = `the binding cannot be loaded: ${messageOf(error)}`
  const named = process.env.COM_CANCEL_BACKEND
  if (named && named !== 'native' && named !== 'emulator')
    return { problem, advice: 'unset COM_CANCEL_BACKEND, or set it to native or emulator' }
  if (process.platform !== 'win32')
    return { problem, advice: 'unset COM_CANCEL_BACKEND: on this system the emulator runs' }
  const { folder, targets } = prebuilds()
  const target = `${process.platform}-${process.arch}`
  if (!found) {
    const there = targets.length > 0 ? `has ${targets.join(', ')} and not ${target}` : 'is empty or missing'
    return {
      problem,
      advice:
        `${folder} ${there}: install the package again, without --omit and without a tool that removes files. ` +
        'Where no prebuilt addon fits, compile it in a clone: npm ci && npm run prebuild',
    }
  }
  if (found.architecture !== process.arch)
    return {
      problem,
      advice:
        `${found.path} is built for ${found.architecture ?? 'no processor of Windows'}, and this program is ${process.arch}: ` +
        'remove a build folder that was copied from another machine, and install the package again',
    }
  return {
    problem,
    advice:
      `Windows refuses to load ${found.path}: the message says why. A file that was blocked or removed by a virus ` +
      'scanner, or is inside of an Electron archive, is the usual reason: exclude it there, or unpack it (asarUnpack)',
  }
}

/** The apartment of this thread: what CoInitializeEx for the multithreaded apartment returns. */
const apartment = (): string => {
  const { raw } = api()
  const hresult = raw.coInitializeEx(0)
  if (hresult >= 0) raw.coUninitialize()
  if (hresult === HResult.S_OK) return 'none: the program has not called CoInitializeEx on this thread'
  if (hresult === 1) return 'the multithreaded apartment'
  if (hresult === HResult.RPC_E_CHANGED_MODE) return 'a single-threaded apartment'
  return `unknown: CoInitializeEx returned ${hex(hresult)}`
}

const failedTest = ({ test, reason }: Outcome): Problem => ({
  problem: `self-test: ${test}: failed. ${reason ?? ''}`,
  advice:
    'run the command again when the machine is less busy; if it fails again, report it with the output of ' +
    'com-cancel doctor --json',
})

const examine = async (): Promise<Report> => {
  const { chosen: kind, because } = chosen()
  const report: Report = {
    versions: versions(),
    system: system(),
    binding: { chosen: kind, because, info: null },
    addon: null,
    apartment: null,
    selfTest: [],
    problems: [],
  }
  if (kind === 'native' && process.platform === 'win32')
    try {
      report.addon = addonFile()
    } catch {
      // loadProblem says what to do.
    }
  try {
    report.binding.info = api().backend
  } catch (error) {
    report.problems.push(loadProblem(error, report.addon))
    return report
  }
  report.apartment = apartment()
  const { selfTest } = require('./self-test') as typeof import('./self-test')
  report.selfTest = await withSpinner('self-test', selfTest())
  report.problems.push(...report.selfTest.filter(({ result }) => result === 'failed').map(failedTest))
  return report
}

const section = (title: string, rows: readonly (readonly string[])[]): void => {
  if (rows.length === 0) return
  print(`\n${styled('bold', title)}`)
  for (const line of table(rows)) print(`  ${line}`)
}

const marks = {
  passed: () => styled('green', 'passed'),
  failed: () => styled('red', 'failed'),
  'not offered': () => styled('yellow', 'not offered'),
}

const show = (report: Report): void => {
  const { binding, addon, selfTest, problems } = report
  print(styled('bold', 'com-cancel doctor'))
  section('versions', Object.entries(report.versions))
  section('system', Object.entries(report.system))
  const { info } = binding
  section('binding', [
    ['chosen', binding.chosen ?? '(none)', `because ${binding.because}`],
    ...(info
      ? [
          ['host', info.host],
          ['program', info.architecture],
        ]
      : [['loaded', 'no']]),
    ...(addon ? [['addon', `${addon.path} (${addon.origin}, ${addon.architecture ?? 'no DLL'})`]] : []),
    ...(report.apartment === null ? [] : [['apartment', report.apartment]]),
  ])
  if (info) {
    section('entry points', Object.entries(info.entryPoints))
    section(
      'capabilities',
      Object.entries(info.capabilities).map(([name, can]) => [name, can === true ? 'yes' : `no: ${can}`]),
    )
  }
  section(
    'self-test',
    selfTest.map(({ test, result, ms, reason }) => [test, marks[result](), `${ms} ms`, reason ?? '']),
  )
  print()
  const count = problems.length === 1 ? 'one problem was found' : `${problems.length} problems were found`
  print(problems.length === 0 ? 'no problem was found' : styled('red', count))
  for (const { problem, advice } of problems) print(`\n- ${problem}\n  What to do: ${advice}`)
}

export const doctor = async ({ json }: DoctorOptions): Promise<void> => {
  const report = await examine()
  if (json) printJson(report)
  else show(report)
  process.exitCode = report.problems.length === 0 ? exitCodes.ok : exitCodes.failed
}
