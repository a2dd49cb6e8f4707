// The tests in C++: programs that print their checks.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { underWine } from '../com/support'

const folder = path.resolve(import.meta.dirname, '../../../build/units')

/** Skips the tests when the programs were not built (build-native.mjs --prime). */
const reason = existsSync(folder) ? undefined : 'not built here: node scripts/build-native.mjs --prime'
const describeUnits = (title: string, tests: () => void): void => {
  if (reason === undefined) describe(title, tests)
  else describe.skip(`${title} (${reason})`, tests)
}

interface Run {
  code: number | null
  /** The number of checks that the program prints, and of those that failed. */
  checks: number
  failed: number
  output: string
}

const run = (program: string, limit: number): Promise<Run> =>
  new Promise((resolve, reject) => {
    const child = spawn(path.join(folder, program), {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: limit,
      killSignal: 'SIGKILL',
    })
    let output = ''
    const add = (text: string) => {
      output += text
    }
    child.stdout.setEncoding('utf8').on('data', add)
    child.stderr.setEncoding('utf8').on('data', add)
    child.once('error', reject)
    child.once('close', code => {
      const [, checks, failed] = /^(\d+) checks, (\d+) failed\r?$/m.exec(output) ?? []
      resolve({ code, checks: Number(checks), failed: Number(failed), output })
    })
  })

const lines = (output: string, start: string): number =>
  output.split(/\r?\n/).filter(line => line.startsWith(`${start} `)).length

/** The number of checks; throws unless all have passed. */
const expectPassed = ({ code, checks, failed, output }: Run): number => {
  const passed = code === 0 && failed === 0 && checks > 0 && lines(output, 'ok') === checks
  if (!passed) throw new Error(`it ended with ${code}; what it printed:\n${output}`)
  return checks
}

describeUnits('VARIANTs', () => {
  it('convert both ways, refuse what is invalid, and leak nothing', async () => {
    expect(expectPassed(await run('variant_test.exe', 240_000))).toBeGreaterThan(500)
  }, 300_000)
})

describeUnits('alarms', () => {
  it('ring once, in order and not early, and again after a failure', async () => {
    expect(expectPassed(await run('alarms_test.exe', 240_000))).toBeGreaterThan(8)
  }, 300_000)
})

describeUnits('nested jobs and releases', () => {
  it('C15 C12 M1 a cancel reaches the call of its own job only, and is repeated until that is over', async () => {
    expect(expectPassed(await run('levels_test.exe', 240_000))).toBeGreaterThan(100)
  }, 300_000)
})

describeUnits('automation that makes several calls', () => {
  it('C15 C7 a cancel reaches no call of an incoming call, and ends a search for events; processes are held', async () => {
    expect(expectPassed(await run('automation_test.exe', 240_000))).toBe(29)
  }, 300_000)
})

describeUnits('call objects', () => {
  it('A2 A8 are refused, signal once and are released, however their server behaves', async () => {
    expect(expectPassed(await run('calls_test.exe', 240_000))).toBeGreaterThan(60)
  }, 300_000)
})

describeUnits('vtables that are made at run time', () => {
  it('find the arguments of each type in each place', async () => {
    expect(expectPassed(await run('vtable_test.exe', 60_000))).toBeGreaterThan(160)
  }, 90_000)
})

describeUnits('waits of a single-threaded apartment', () => {
  it('M1 pump messages after a cancel through the message filter, and end although messages never do', async () => {
    expect(expectPassed(await run('pump_test.exe', 240_000))).toBeGreaterThan(9)
  }, 300_000)
})

describeUnits('timeouts and watchdogs', () => {
  it('W1 W3 cancel while they are open, and wait at their end for a cancel that is under way', async () => {
    expect(expectPassed(await run('watching_test.exe', 240_000))).toBeGreaterThan(30)
  }, 300_000)
})

describeUnits('host processes', () => {
  it('H6 take whole orders only, and end with a message after anything else', async () => {
    expect(expectPassed(await run('hosting_test.exe', 240_000))).toBeGreaterThan(100)
  }, 300_000)
})

describeUnits("a thread's own objects", () => {
  it('are disconnected before the thread leaves its apartment', async () => {
    expect(expectPassed(await run('own_objects_test.exe', 60_000))).toBe(8)
  }, 90_000)
})

// Unused on Windows, where the system has these functions.
describeUnits('the stand-in', () => {
  const keys = ['01', '02'].map(n => `HKCR\\CLSID\\{8F1C5A10-6A0E-4D53-8E21-407C195BD2${n}}`)
  const isKey = (key: string) => spawnSync('reg.exe', ['query', key], { stdio: 'ignore' }).status === 0

  afterAll(() => {
    spawnSync(path.join(folder, 'standin_test.exe'), ['unregister'], { stdio: 'ignore' })
  })

  it.runIf(underWine)(
    'O C S cancels calls of every kind to its own servers',
    async () => {
      expect(isKey('HKCR\\CLSID')).toBe(true)
      expect(keys.filter(isKey)).toEqual([])
      expect(expectPassed(await run('standin_test.exe', 400_000))).toBeGreaterThan(100)
      expect(keys.filter(isKey)).toEqual([])
    },
    480_000,
  )
})
