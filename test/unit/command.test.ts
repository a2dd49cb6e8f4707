// The command com-cancel on the emulator: what it prints, and its exit codes.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { PassThrough } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import { type ChromeTrace, ComDecimal, ComErrorValue, HResult, omitted, variant } from 'com-cancel'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import { argumentOf } from '../../dist/cli/arguments.js'
import { runCommand } from '../../dist/cli/program.js'
import { plain } from '../../dist/cli/results.js'
import { styled, withSpinner } from '../../dist/cli/terminal.js'
import { command, prime, run } from '../support/command'
import type { Ended } from '../support/program'

const windows = process.platform === 'win32'
const folder = mkdtempSync(path.join(tmpdir(), 'com-cancel-'))
afterAll(() => rmSync(folder, { recursive: true }))

const emulated = ['--emulate', prime]

/** Runs the command in this process. */
const runHere = async (args: readonly string[]): Promise<Ended> => {
  const printed = { stdout: '', stderr: '' }
  const spies = (['stdout', 'stderr'] as const).map(name =>
    vi.spyOn(process[name], 'write').mockImplementation(text => {
      printed[name] += text
      return true
    }),
  )
  const before = process.exitCode
  process.exitCode = 0
  try {
    await runCommand(args)
    return { code: Number(process.exitCode), ...printed }
  } finally {
    process.exitCode = before
    for (const spy of spies) spy.mockRestore()
  }
}
const fixture = (name: string, text: string): string => {
  const file = path.join(folder, name)
  writeFileSync(file, text)
  return file
}

/** A module that registers no class: what is refused before an object is made needs none. */
const empty = ['--emulate', fixture('empty.mjs', 'export default () => {}')]

describe.concurrent('com-cancel', () => {
  it('has help, a version, and help for each command', async () => {
    const { stdout, code } = await run(['--help'])
    expect(code).toBe(0)
    for (const name of ['demo', 'doctor', 'call', 'describe', 'types', 'watch', 'record'])
      expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'))
    expect(stdout).toMatch(/^ {2}130 /m)
    expect((await runHere(['help', 'call'])).stdout).toContain('--timeout <time>')
    const { version } = JSON.parse(readFileSync(path.join(import.meta.dirname, '../../package.json'), 'utf8'))
    expect((await runHere(['-v'])).stdout).toBe(`${version}\n`)
  })

  it.skipIf(windows)('ends without an error when its reader does', async () => {
    const line = `"${process.execPath}" "${command}" --help | true`
    const { status, stderr } = spawnSync('bash', ['-o', 'pipefail', '-c', line], { encoding: 'utf8' })
    expect([stderr, status]).toEqual(['', 0])
  })

  it('refuses a command line, with no stack', async () => {
    const { code, stdout, stderr } = await run(['dmo'])
    expect([stdout, code]).toEqual(['', 2])
    expect(stderr).toBe(
      "com-cancel: unknown command 'dmo'\n(Did you mean demo?)\n(com-cancel help [command] lists the commands and options)\n",
    )
  })
})

// In this process, which saves the time to start others.
describe('a command line that is wrong', () => {
  it.each([
    [[], 'Usage: com-cancel'],
    [['info'], "unknown command 'info'"],
    [['demo', '--svg'], "option '--svg <file>' argument missing"],
    [['demo', '--trace='], 'It must not be empty'],
    [['demo', '--png', 'x'], "unknown option '--png'"],
    [['doctor', '--svg', 'x'], "unknown option '--svg'"],
    [['doctor', 'x'], 'too many arguments'],
    [['call', 'Prime.Calculator'], "missing required argument 'member'"],
    [['call', 'Prime.Calculator', 'IsPrime', '97', '--timeout', '5'], 'a time with its unit'],
    [['call', 'Prime.Calculator', 'IsPrime', '97', '--apartment', 'nta'], 'Allowed choices are sta, mta'],
    [['call', 'Prime.Calculator', 'IsPrime', '97'], 'pass --emulate <module>'],
    [['call', 'Prime.Calculator', 'Value', '--get', '--set', ...empty], '--get and --set exclude each other'],
    [['call', 'Prime.Calculator', 'Value', '--set', ...empty], 'must be followed by the value to set'],
    [['call', 'Prime.Calculator', 'A..B', ...empty], 'A..B is no member'],
    [['call', 'Prime.Calculator', 'Echo', '{"a":1}', ...empty], 'is an object, which cannot be passed'],
    [['call', 'Prime.Calculator', 'Echo', 'ui1:300', ...empty], 'the argument ui1:300'],
    [['call', 'Prime.Calculator', 'Echo', '--named', 'x', ...empty], 'must have the form Name=value'],
    [['call', 'Prime.Calculator', 'Echo', '--emulate', 'no.mjs'], '--emulate: no.mjs cannot be loaded'],
    [
      ['types', 'Prime.Calculator', '-o', path.join('no', 'such.d.ts'), ...empty],
      'cannot be written: ENOENT',
    ],
    [['watch', 'Prime.Calculator', '--count', '0', ...empty], 'an integer, 1 or more'],
    [['record', '--', 'no-such-program-there-is'], 'no-such-program-there-is was not found'],
  ])('refuses %j', async (args, text) => {
    const { code, stdout, stderr } = await runHere(args)
    expect([stdout, code]).toEqual(['', 2])
    expect(stderr).toContain(text)
  })
})

describe.concurrent('doctor', () => {
  it('shows what runs and passes its self-test', async () => {
    const { stdout, stderr, code } = await run(['doctor'], { env: { COM_CANCEL_BACKEND: '' } })
    expect([stderr, code]).toEqual(['', 0])
    expect(stdout).toMatch(/^ {2}chosen {5,}(emulator|native) +because this is /m)
    expect(stdout).toMatch(/^ {2}CoCancelCall +(emulator|ole32|stand-in)$/m)
    expect(stdout).toMatch(/a signal cancels a call in a single-threaded apartment +passed/)
    expect(stdout).toMatch(/no problem was found\n$/)
  })

  it('says what to do about a binding that is unknown, in JSON', async () => {
    const { stdout, stderr, code } = await run(['doctor', '--json'], { env: { COM_CANCEL_BACKEND: 'wine' } })
    expect([stderr, code]).toEqual(['', 1])
    const { binding, selfTest, problems } = JSON.parse(stdout)
    expect(binding).toEqual({ chosen: null, because: 'COM_CANCEL_BACKEND is wine', info: null })
    expect(selfTest).toEqual([])
    expect(problems).toEqual([
      {
        problem:
          "the binding cannot be loaded: COM_CANCEL_BACKEND must be 'native' or 'emulator', got 'wine'",
        advice: 'unset COM_CANCEL_BACKEND, or set it to native or emulator',
      },
    ])
  })

  /** A PE header for a processor. */
  const dll = (machine: number): Buffer => {
    const file = Buffer.alloc(128)
    file.write('MZ')
    file.writeUInt32LE(64, 0x3c)
    file.write('PE\0\0', 64)
    file.writeUInt16LE(machine, 68)
    return file
  }

  // The process believes that it runs on Windows, and finds its addons in a folder of the test.
  it.skipIf(windows).each([
    ['no addon', undefined, /is empty or missing: install the package again/],
    ['an addon for another processor', dll(0x14c), /is built for ia32, and this program is x64/],
    ['an addon that cannot be loaded', dll(0x8664), /Windows refuses to load .*com-cancel\.node/],
  ])('says what to do about %s', async (name, content, advice) => {
    const found = path.join(folder, name)
    mkdirSync(path.join(found, 'prebuilds/win32-x64'), { recursive: true })
    if (content) writeFileSync(path.join(found, 'prebuilds/win32-x64/com-cancel.node'), content)
    else rmSync(path.join(found, 'prebuilds'), { recursive: true })
    const pretend = fixture(
      `${name.replaceAll(' ', '-')}.cjs`,
      `Object.defineProperty(process, 'platform', { value: 'win32' })
       Object.defineProperty(process, 'arch', { value: 'x64' })`,
    )
    const { stdout, stderr, code } = await run(['doctor'], {
      env: {
        COM_CANCEL_BACKEND: '',
        COM_CANCEL_PREBUILD: found,
        NODE_OPTIONS: `--require "${pretend}"`,
        npm_config_platform: 'win32',
        npm_config_arch: 'x64',
      },
    })
    expect([stderr, code]).toEqual(['', 1])
    expect(stdout).toMatch(/chosen +native +because this is Windows/)
    expect(stdout).toContain('the binding cannot be loaded')
    expect(stdout).toMatch(advice)
  })
})

describe.concurrent('call', () => {
  const call = (...args: string[]) => run(['call', 'Prime.Calculator', ...args, ...emulated])

  it('calls a method, with a named argument', async () => {
    expect(await call('isprime', '--named', 'n=97', '--timeout', '30s')).toEqual({
      code: 0,
      stdout: 'true\n',
      stderr: '',
    })
  })

  it('sets a property', async () => {
    expect(await call('Item', 'key', '5', '--set')).toEqual({ code: 0, stdout: '', stderr: '' })
  })

  it('passes values with a type, and prints them as JSON', async () => {
    const { stdout, code } = await call('Echo', 'cy:12.50', '--json')
    expect([stdout, code]).toEqual(['"12.5"\n', 0])
  })

  it.each([
    ['12.5', 12.5],
    ['-5', -5],
    ['true', true],
    ['a text', 'a text'],
    ['C:\\reports', 'C:\\reports'],
    ['"5"', '5'],
    [
      '[[1,"a"],[2,null]]',
      [
        [1, 'a'],
        [2, null],
      ],
    ],
    ['-', omitted],
    ['bstr:5', variant('bstr', '5')],
    ['cy:12.50', variant('cy', '12.50')],
    ['i8:9007199254740993', variant('i8', 9007199254740993n)],
    ['date:2026-01-31T12:00:00Z', variant('date', new Date('2026-01-31T12:00:00Z'))],
  ])('reads the argument %s', (text, value) => {
    expect(argumentOf(text)).toEqual(value)
  })

  it.each([
    [undefined, null],
    [Number.NaN, 'NaN'],
    [2n ** 63n, '9223372036854775808'],
    [new Date(0), '1970-01-01T00:00:00.000Z'],
    [new Date(Number.NaN), null],
    [ComDecimal.from('12.50', 'currency'), '12.5'],
    [new ComErrorValue(HResult.DISP_E_PARAMNOTFOUND), { error: 'DISP_E_PARAMNOTFOUND (0x80020004)' }],
    [new Uint8Array([1, 2]), { base64: 'AQI=' }],
    [
      [1, ['a', null]],
      [1, ['a', null]],
    ],
  ])('prints %s as JSON', (value, json) => {
    expect(plain(value)).toEqual(json)
  })

  it('prints an array as a table', async () => {
    expect((await call('Echo', '[[1,"a"],[22,"bb"]]')).stdout).toBe('1   a\n22  bb\n')
  })

  it('fails with the message of the server, and no stack', async () => {
    const { code, stdout, stderr } = await call('IsPrim', '97')
    expect([stdout, code]).toEqual(['', 1])
    expect(stderr).toMatch(/^com-cancel: IsPrim failed: DISP_E_UNKNOWNNAME .*did you mean IsPrime\?\n$/)
  })

  it('exits with 124 when a call has timed out', async () => {
    const { code, stderr } = await call('Block', '60000', '--timeout', '200ms')
    expect(code).toBe(124)
    expect(stderr).toMatch(/^com-cancel: Block was canceled after 200 ms \(timeout\)/)
  })

  it.skipIf(windows)('exits with 130 when Ctrl-C has canceled the call', async () => {
    const started = fixture(
      'started.mjs',
      `export default emulator => emulator.registerClass({
         progId: 'Test.Blocks',
         methods: { Block: call => { console.log('blocks'); return call.delay(60_000) } },
       })`,
    )
    const { code, stdout, stderr } = await run(['call', 'Test.Blocks', 'Block', '--emulate', started], {
      printed: (text, child) => {
        if (text === 'blocks\n') child.kill('SIGINT')
      },
    })
    expect([stdout, code]).toEqual(['blocks\n', 130])
    expect(stderr).toMatch(/^com-cancel: Block was canceled \(signal: interrupted by SIGINT\)/)
  })

  it('follows a path of properties', async () => {
    const nested = fixture(
      'nested.mjs',
      `export default (emulator, { EmulatedObject }) => emulator.registerClass({
         progId: 'Test.Nested',
         properties: {
           Inner: () => new EmulatedObject({ properties: { Self: () => new EmulatedObject({}), Name: () => 'x' } }),
         },
       })`,
    )
    const args = ['call', 'Test.Nested', 'Inner.Self', '--json', '--emulate', nested]
    expect((await run(args)).stdout).toBe('{\n  "object": true\n}\n')
    const { code, stderr } = await run(['call', 'Test.Nested', 'Inner.Name.Length', '--emulate', nested])
    expect([code, stderr]).toEqual([1, 'com-cancel: Name is no object, so it has no members\n'])
  })
})

describe.concurrent('describe and types', () => {
  it('lists members and events', async () => {
    const { stdout, code } = await run(['describe', 'Prime.Calculator', ...emulated])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^class {2}Calculator/)
    expect(stdout).toMatch(/^ {2}method +variant +IsPrime\(n: variant\)$/m)
    expect(stdout).toMatch(/^ {2}method +void +Found\(\)$/m)
    expect(stdout).not.toContain('_NewEnum')
    expect(stdout).not.toContain('\x1b')
    const json = JSON.parse(
      (await run(['describe', 'Prime.Calculator', '--all', '--json', ...emulated])).stdout,
    )
    expect(json.class.progId).toBe('Prime.Calculator')
    expect(json.interface.members.map(({ name }: { name: string }) => name)).toContain('_NewEnum')
  })

  it('writes declarations', async () => {
    const file = path.join(folder, 'prime.d.ts')
    const { code, stdout } = await run(['types', 'Prime.Calculator', '-o', file, ...emulated])
    expect([stdout, code]).toEqual(['', 0])
    expect(readFileSync(file, 'utf8')).toContain('"Prime.Calculator": Prime.Calculator')
  })
})

describe('on a terminal', () => {
  afterEach(() => vi.unstubAllEnvs())

  it.each([
    [true, '', 'xterm', '\x1b[1mbold\x1b[22m'],
    [false, '', 'xterm', 'bold'],
    [true, '1', 'xterm', 'bold'],
    [true, '', 'dumb', 'bold'],
  ])('isTTY %s, NO_COLOR=%s, TERM=%s: prints %j', (isTTY, noColor, term, text) => {
    vi.stubEnv('NO_COLOR', noColor)
    vi.stubEnv('TERM', term)
    expect(styled('bold', 'bold', Object.assign(new PassThrough(), { isTTY }) as never)).toBe(text)
  })

  it('shows for how long a call has lasted, and removes the line', async () => {
    vi.stubEnv('TERM', 'xterm')
    const terminal = Object.assign(new PassThrough(), { isTTY: true }).setEncoding('utf8')
    await withSpinner('Block', setTimeout(700), terminal as never)
    const shown: string = terminal.read()
    expect(shown).toMatch(/⠋ Block {2}0\.\d s /)
    expect(shown.endsWith('\r\x1b[2K')).toBe(true)
  })

  it('shows nothing for a short call', async () => {
    const terminal = Object.assign(new PassThrough(), { isTTY: true })
    await withSpinner('Block', Promise.resolve(), terminal as never)
    expect(terminal.read()).toBeNull()
  })
})

describe.concurrent('watch', () => {
  it('prints events as lines, and ends after a number of them', async () => {
    const { code, stdout, stderr } = await run([
      ...['watch', 'Prime.Calculator', 'found', '--call', 'Fire 7 3', '--count', '2', ...emulated],
    ])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^(\d\d:\d\d:\d\d\.\d{3} {2}Found {2}7\n){2}$/)
    expect(stderr).toBe('watching Found of Prime.Calculator; Ctrl-C ends\n')
  })

  it.skipIf(windows)('prints events as JSON until Ctrl-C, which is success', async () => {
    const { code, stdout, stderr } = await run(
      ['watch', 'Prime.Calculator', '--json', '--call', 'Fire 7 2', ...emulated],
      {
        printed: (text, child) => {
          if (text.split('\n').length === 3) child.kill('SIGINT')
        },
      },
    )
    expect([stderr, code]).toEqual(['', 0])
    expect(
      stdout
        .trim()
        .split('\n')
        .map(line => JSON.parse(line)),
    ).toEqual([1, 2].map(() => ({ time: expect.any(String), event: 'Found', args: [7] })))
  })

  it('suggests an event, and exits with 2', async () => {
    const { code, stderr } = await run(['watch', 'Prime.Calculator', 'Fond', ...emulated])
    expect([code, stderr]).toEqual([
      2,
      'com-cancel: Prime.Calculator has no event Fond; did you mean Found?\n',
    ])
  })

  it('ends after a time', async () => {
    expect(await run(['watch', 'Prime.Calculator', '--json', '--for', '50ms', ...emulated])).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    })
  })
})

describe.concurrent('record', () => {
  const library = JSON.stringify(path.join(import.meta.dirname, '../../dist/index.js'))

  it('writes a log, a picture and a trace, and exits as the program does', async () => {
    const program = fixture(
      'program.cjs',
      `const { ComThread } = require(${library})
       ComThread.start().then(async thread => {
         await thread.wait(60_000, { timeout: 20 }).catch(() => {})
         await thread.close()
         console.log(process.argv.slice(2).join())
         process.exit(7)
       })`,
    )
    const output = path.join(folder, 'recorded run')
    const result = await run(['record', '-o', output, '--', 'node', program, '--svg', '-v'])
    expect(result).toMatchObject({ code: 7, stdout: '--svg,-v\n' })
    expect(result.stderr).toMatch(/^com-cancel: \d+ events: .*recorded run\.log, /)
    expect(readFileSync(`${output}.log`, 'utf8')).toMatch(/call:canceled/)
    expect(readFileSync(`${output}.svg`, 'utf8')).toMatch(/COM calls of program\.cjs<.*1 call/s)
    expect(readFileSync(`${output}.html`, 'utf8')).toMatch(/^<!doctype html>.*COM calls of program\.cjs</is)
    const { traceEvents }: ChromeTrace = JSON.parse(readFileSync(`${output}.trace.json`, 'utf8'))
    expect(traceEvents.some(({ args }) => args?.outcome === 'canceled')).toBe(true)
  })

  it('records worker threads and child processes, each in files of its own', async () => {
    const work = `const { ComThread } = require(${library})
      ComThread.start().then(thread => thread.wait(1).then(() => thread.close()))`
    const child = fixture('child.cjs', work)
    const program = fixture(
      'parent.cjs',
      `const { Worker } = require('node:worker_threads')
       const { spawn } = require('node:child_process')
       new Worker(${JSON.stringify(child)}).once('exit', () =>
         spawn(process.execPath, [${JSON.stringify(child)}], { stdio: 'inherit' }))`,
    )
    const output = path.join(folder, 'several')
    const { code, stderr } = await run(['record', '-o', output, '--', 'node', program])
    expect(code).toBe(0)
    expect(stderr).toMatch(/several-worker1\.log/)
    expect(stderr).toMatch(/several-\d+\.log/)
    expect(readFileSync(`${output}-worker1.svg`, 'utf8')).toContain('COM calls of child.cjs worker1<')
  })

  it.skipIf(windows)('writes the files of a program that a signal ends', async () => {
    const program = fixture(
      'hangs.cjs',
      `const { ComThread } = require(${library})
       ComThread.start().then(thread => { thread.wait(60_000); console.log('waits') })`,
    )
    const output = path.join(folder, 'ended')
    const result = await run(['record', '-o', output, '--', 'node', program], {
      printed: (text, child) => {
        if (text === 'waits\n') child.kill('SIGTERM')
      },
    })
    expect(result.code).toBe(143)
    expect(readFileSync(`${output}.log`, 'utf8')).toContain('job:queued')
  })

  it('says that nothing was recorded', async () => {
    const { code, stderr } = await run(['record', '-o', path.join(folder, 'none'), '--', 'node', '-e', ''])
    expect(code).toBe(0)
    expect(stderr).toContain('nothing was recorded')
  })
})
