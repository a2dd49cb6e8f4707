// @ts-check
// Runs programs under Wine, and prepares what the tests need there.

import { spawn, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, readSync, rmSync } from 'node:fs'
import path from 'node:path'
import { commandOf, hosts } from './hosts.mjs'
import { inProject, run, ScriptError } from './project.mjs'
import { targets } from './targets.mjs'
import { app, mirrorProject } from './windows-app.mjs'

/**
 * @typedef {import('./hosts.mjs').Host} Host
 * @typedef {import('./hosts.mjs').HostName} HostName
 * @typedef {import('./hosts.mjs').Wine} Wine
 */

/** @param {Wine} wine @returns {NodeJS.ProcessEnv} */
export function wineEnvironment(wine) {
  return {
    ...process.env,
    WINEPREFIX: wine.prefix,
    WINEDEBUG: process.env.WINEDEBUG ?? '-all',
    // No dialog about Mono or Gecko and no window may stop an unattended run.
    WINEDLLOVERRIDES: process.env.WINEDLLOVERRIDES ?? 'mscoree,mshtml=',
    DISPLAY: '',
    // Without it, Wine 10 prints an error for every program.
    XDG_RUNTIME_DIR: process.env.XDG_RUNTIME_DIR ?? '/tmp',
    // Files of this system: Node.js and Deno warn when they do not find them.
    NODE_EXTRA_CA_CERTS: undefined,
    SSL_CERT_FILE: undefined,
    // Windows programs write to a file, so they cannot detect the terminal's colors.
    ...(process.stdout.isTTY && !process.env.NO_COLOR
      ? { FORCE_COLOR: '1' }
      : { NO_COLOR: '1', FORCE_COLOR: undefined }),
  }
}

// Messages of Debian's launcher about the missing 32-bit Wine, which is not needed here.
const launcherNoise =
  /^(it looks like wine32 is missing|multiarch needs to be enabled first|execute "dpkg --add-architecture|apt-get install wine32:i386"|as root, please execute "apt-get install wine32)/

/**
 * Sets up hosts, builds the addon and the test server, registers the server, and updates the copy of the project.
 * @param {readonly HostName[]} names
 */
export function prepareWine(names) {
  run(process.execPath, [inProject('scripts/setup-wine.mjs'), ...names])
  const chosen = names.map(name => hosts[name])
  for (const arch of new Set(['x64', ...chosen.map(({ arch }) => arch ?? 'x64')]))
    run(process.execPath, [inProject('scripts/build-native.mjs'), '--arch', arch, '--prime'])
  // Each time, because the project may have moved; it takes no noticeable time. 32-bit programs see servers of their own.
  for (const { wine, arch = 'x64' } of chosen) {
    const server = path.join(targets[arch].build, 'prime/prime_server.exe')
    const [program, args] = commandOf(wine, 'wine', [server, '-register'])
    run(program, args, { env: wineEnvironment(wine), stdio: ['ignore', 'ignore', 'ignore'] })
  }
  mirrorProject()
}

/** The exit code of a program whose Wine server has ended. */
export const serverLost = 125

/**
 * Runs a Windows program and prints its output while it runs.
 *
 * Its output goes through a file: node.exe can't open a Linux pipe, nor anything that is one under /dev.
 * Processes that it started and left behind are ended, other programs in the same prefix are left alone.
 *
 * `timeout` and `silence` are in milliseconds; 0, the default, is no limit. A program is ended when it has run for
 * `timeout`, or has printed nothing for `silence`. The exit code is then 124. It is `serverLost` when Wine's server has
 * ended before the program, or before it has printed anything.
 *
 * @param {Host} host
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, timeout?: number, silence?: number, write?: (text: string) => void }} [options]
 * @returns {Promise<number>} the exit code
 */
export async function runInWine({ wine, executable }, args, options = {}) {
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
  const begin = performance.now()
  let lastOutput = begin
  // The program starts the server, if it does not run already.
  let nextLook = lastOutput + 30_000
  const follow = follower(log, text => {
    lastOutput = performance.now()
    write(text)
  })

  const child = spawn(...commandOf(wine, 'wine', [executable, ...args]), {
    cwd,
    env: { ...wineEnvironment(wine), ...env, COM_CANCEL_WINE_RUN: id },
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
  /** @type {number | undefined} */
  let endedWith
  /** @param {string} why @param {number} code */
  const end = (why, code) => {
    endedWith = code
    write(`\n${path.basename(executable)} ${why} and is ended.\n`)
    stop()
  }
  const timer = setInterval(() => {
    follow()
    if (endedWith !== undefined) return
    const now = performance.now()
    if (timeout > 0 && now - begin > timeout) end(`has run for ${timeout / 1000} s`, 124)
    else if (silence > 0 && now - lastOutput > silence)
      end(`has printed nothing for ${silence / 1000} s`, 124)
    else if (now > nextLook) {
      nextLook = now + 5_000
      if (!serverRuns(wine)) end("has lost Wine's server", serverLost)
    }
  }, 50)
  try {
    const code = await new Promise((resolve, reject) => {
      child.on('error', reject)
      child.on('exit', (status, signal) => resolve(status ?? (signal ? 128 : 1)))
    })
    if (interrupted) throw new ScriptError(`${path.basename(executable)} was interrupted.`)
    follow()
    // Without the server, a program ends with code 0. The server may end right after its last program.
    return endedWith ?? (code === 0 && lastOutput === begin && !serverRuns(wine) ? serverLost : code)
  } finally {
    clearInterval(timer)
    for (const signal of signals) process.off(signal, interrupt)
    if (stop()) forgetServers(wine)
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
  for (const { pid, command } of processesWith(`COM_CANCEL_WINE_RUN=${id}`)) {
    if (/\\windows\\system32\\|wineserver/i.test(command)) continue
    server ||= /prime_server\.exe|standin_test\.exe|recorder_probe\.exe/.test(command)
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // The process has ended.
    }
  }
  return server
}

/**
 * Whether Wine's server runs for a prefix. When it ends, so do the programs of the prefix, except those of which a thread
 * waits for another one, which wait forever.
 * @param {Wine} wine
 */
const serverRuns = wine =>
  processesWith(`WINEPREFIX=${wine.prefix}\0`).some(({ command }) => command.includes('wineserver'))

/** The other processes of this machine whose environment contains a text. @param {string} text */
function processesWith(text) {
  return readdirSync('/proc').flatMap(pid => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return []
    if (!contentOf(pid, 'environ').includes(text)) return []
    return [{ pid: Number(pid), command: contentOf(pid, 'cmdline').replaceAll('\0', ' ') }]
  })
}

/**
 * The content of a file of a process, which is empty when the process has ended or belongs to another user. When the first
 * thread has ended, the other threads have it.
 * @param {string} pid @param {string} name
 */
function contentOf(pid, name) {
  try {
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      const content = contentOfThread(`/proc/${pid}/task/${thread}/${name}`)
      if (content) return content
    }
  } catch {}
  return ''
}

/** @param {string} file */
function contentOfThread(file) {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return ''
  }
}

/**
 * Stops Wine's RPC service, which keeps the class objects of killed servers registered. It starts again when it is
 * needed.
 * @param {Wine} wine
 */
function forgetServers(wine) {
  const options = { env: wineEnvironment(wine), stdio: /** @type {const} */ ('ignore'), timeout: 30_000 }
  spawnSync(...commandOf(wine, 'wine', ['net', 'stop', 'RpcSs']), options)
}
