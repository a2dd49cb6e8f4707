// Programs in processes of their own: their output and exit code.
import { spawn } from 'node:child_process'
import path from 'node:path'

export interface Ended {
  /** Null when the process was killed because it did not end. */
  code: number | null
  stdout: string
  stderr: string
}

/** What precedes the program on the command line of the host, as in `deno run --allow-all program.cjs`. */
const hostArguments = (process.env.COM_CANCEL_HOST_ARGUMENTS ?? '').split(' ').filter(Boolean)

/** What Bun prints about itself under Wine. */
const noise = /^Internal error: directory mismatch for directory .*\r?\n/gm

/** Runs a fixture in a process of its own, in the same kind of host as the test. */
export const runProgram = (
  folder: string,
  fixture: string,
  args: readonly string[] = [],
  limit = 180_000,
): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [...hostArguments, path.join(folder, 'fixtures', fixture), ...args],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        timeout: limit,
        killSignal: 'SIGKILL',
      },
    )
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    child.once('error', reject)
    child.once('close', code => resolve({ code, stdout: stdout.trim(), stderr: stderr.replace(noise, '') }))
  })

/** Calls `act` many times, several at once. */
export const repeat = async (
  times: number,
  atOnce: number,
  act: (n: number) => Promise<void>,
): Promise<void> => {
  let next = 0
  const runner = async () => {
    while (next < times) await act(next++)
  }
  await Promise.all(Array.from({ length: atOnce }, runner))
}
