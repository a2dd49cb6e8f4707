// The command `record`: runs a program and writes what it did with COM as a log, a picture and a trace.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import path from 'node:path'
import { UsageError } from './exits'
import { requireWritable } from './options'
import { environmentNames } from './recorder'

export interface RecordCommandOptions {
  output: string
  limit?: number | undefined
}

/** NODE_OPTIONS that load the recorder before the program, in its child processes and worker threads as well. */
const nodeOptions = (): string => {
  const recorder = path.join(__dirname, 'recorder.js')
  // Node splits the variable at spaces outside of quotes, inside of which a backslash escapes.
  const quoted = `"${recorder.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
  return `${process.env.NODE_OPTIONS ?? ''} --require ${quoted}`.trim()
}

interface End {
  code: number | null
  signal: NodeJS.Signals | null
}

/** Runs the program with the terminal of the command. It gets Ctrl-C from the terminal, as the command does. */
const run = (program: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<End> =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'inherit', env })
    const ignore = () => {}
    const pass = (name: NodeJS.Signals) => child.kill(name)
    process.on('SIGINT', ignore)
    process.on('SIGTERM', pass)
    const over = () => {
      process.off('SIGINT', ignore)
      process.off('SIGTERM', pass)
    }
    child.once('error', (error: NodeJS.ErrnoException) => {
      over()
      reject(error.code === 'ENOENT' ? new UsageError(`the program ${program} was not found`) : error)
    })
    child.once('close', (code, signal) => {
      over()
      resolve({ code, signal })
    })
  })

const lines = (file: string): string[] => {
  try {
    return readFileSync(file, 'utf8').split('\n').filter(Boolean)
  } catch {
    return []
  }
}

export const recordProgram = async (
  command: readonly string[],
  { output, limit }: RecordCommandOptions,
): Promise<void> => {
  const [program = '', ...args] = command
  requireWritable('--output', `${output}.log`)
  const folder = mkdtempSync(path.join(tmpdir(), 'com-cancel-record-'))
  const written = path.join(folder, 'written')
  try {
    const { code, signal } = await run(program === 'node' ? process.execPath : program, args, {
      ...process.env,
      NODE_OPTIONS: nodeOptions(),
      [environmentNames.output]: path.resolve(output),
      [environmentNames.written]: written,
      [environmentNames.parent]: String(process.pid),
      ...(limit !== undefined && { [environmentNames.limit]: String(limit) }),
    })
    const files = lines(written)
    for (const line of files) process.stderr.write(`com-cancel: ${line}\n`)
    if (files.length === 0)
      process.stderr.write(
        'com-cancel: nothing was recorded: the program has not used com-cancel, is no Node.js program, or was terminated\n',
      )
    process.exitCode = signal ? 128 + constants.signals[signal] : (code ?? 1)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
