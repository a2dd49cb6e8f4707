// The command com-cancel, run as a user runs it.
import { type ChildProcess, spawn } from 'node:child_process'
import path from 'node:path'
import type { Ended } from './program'

export const command = path.join(import.meta.dirname, '../../dist/cli/main.js')

/** The module that registers Prime.Calculator with the emulator. */
export const prime = path.join(import.meta.dirname, '../../examples/prime/emulate.mjs')

export interface RunOptions {
  env?: NodeJS.ProcessEnv
  /** Called with what was printed so far, whenever something is. */
  printed?: (text: string, child: ChildProcess) => void
}

/** Runs the command, without the environment that the test itself was given. */
export const run = (args: readonly string[], { env = {}, printed }: RunOptions = {}): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [command, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
      timeout: 120_000,
      killSignal: 'SIGKILL',
    })
    const out = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const)
      child[name].setEncoding('utf8').on('data', (text: string) => {
        out[name] += text
        printed?.(out.stdout + out.stderr, child)
      })
    child.once('error', reject)
    child.once('close', code => resolve({ code, ...out }))
  })
