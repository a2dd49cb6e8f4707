// Worker threads that run functions of a test, and the check that nothing of them is left.
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { Worker } from 'node:worker_threads'
import type * as library from 'com-cancel'
import { diagnostics } from 'com-cancel'
import type * as emulation from 'com-cancel/emulator'
import { type ClassRegistration, Emulator } from 'com-cancel/emulator'
import { afterEach, beforeEach, expect } from 'vitest'
import { until } from './until'

/** What a function in a worker gets; `kept` is the same object for all functions of one worker. */
export interface There extends Library {
  // biome-ignore lint/suspicious/noExplicitAny: a test may keep any value
  kept: any
  withThread<T>(
    options: library.ComThreadOptions,
    program: (thread: library.ComThread) => Promise<T>,
  ): Promise<T>
}

type Library = typeof library & typeof emulation

interface Answer {
  id: number
  value?: unknown
  error?: { name: string; message: string; hresult?: number; code?: string }
}

/** An error of a worker. */
export class FailedThere extends Error {
  readonly hresult: number | undefined
  readonly code: string | undefined

  constructor({ name, message, hresult, code }: NonNullable<Answer['error']>) {
    super(message)
    this.name = name
    this.hresult = hresult
    this.code = code
  }
}

const owned: (() => unknown)[] = []

export class ProgramWorker {
  readonly #worker = new Worker(path.join(import.meta.dirname, 'fixtures/program-worker.cjs'))
  readonly #answers = new Map<number, (answer: Answer) => void>()
  #requests = 0

  constructor() {
    this.#worker.on('message', (answer: Answer) => {
      this.#answers.get(answer.id)?.(answer)
      this.#answers.delete(answer.id)
    })
    owned.push(() => this.terminate())
  }

  /** Runs a function in the worker. It can use its arguments only, not variables around it. */
  async run<T>(
    // biome-ignore lint/suspicious/noExplicitAny: a test may pass any value
    program: (there: There, ...args: any[]) => T | Promise<T>,
    ...args: unknown[]
  ): Promise<T> {
    const id = ++this.#requests
    const answered = new Promise<Answer>(resolve => this.#answers.set(id, resolve))
    this.#worker.postMessage({ id, source: String(program), args })
    const { value, error } = await answered
    if (error) throw new FailedThere(error)
    return value as T
  }

  terminate(): Promise<number> {
    return this.#worker.terminate()
  }
}

/** Runs a program in a process of its own, with shared memory of that size. It has to end without an error. */
export const node = (program: string, memory = '', options: readonly string[] = []) => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [...options, '-e', program], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
    env: { ...process.env, COM_CANCEL_BACKEND: 'emulator', COM_CANCEL_EMULATOR_MEMORY: memory },
    timeout: 120_000,
    killSignal: 'SIGKILL',
  })
  if (status === null) throw new Error(`the program does not end. ${stdout} ${stderr}`)
  if (status !== 0) throw new Error(stderr)
  return { stdout: stdout.trim(), stderr }
}

/** The HRESULT of what fails in a worker. */
export const failsThere = async (program: Promise<unknown>): Promise<number | undefined> => {
  try {
    await program
    return undefined
  } catch (error) {
    if (error instanceof FailedThere) return error.hresult
    throw error
  }
}

/** Unregisters a class at the end of the test. */
export const registered = <State extends object>(
  registration: ClassRegistration<State>,
): ClassRegistration<State> => {
  owned.push(() => registration[Symbol.dispose]())
  return registration
}

/** Ends the workers after each test, and checks that nothing is added to the shared memory. */
export const eachLeavesNoWorker = (): void => {
  // Test files share a process, in which another one may have registered classes.
  let namesBefore = 0
  beforeEach(() => {
    namesBefore = Emulator.usage.names.used
  })
  afterEach(async () => {
    for (const end of owned.splice(0).reverse()) await end()
    const idle = { threads: 0, jobs: 0, objects: 0, pointers: 0, handles: 0 }
    const isIdle = () => Object.values(diagnostics()).every(count => count === 0)
    await until('everything is released', isIdle).catch(() => {})
    expect(diagnostics()).toEqual(idle)
    const { workers, calls, names } = Emulator.usage
    expect({ workers: workers.used, calls: calls.used, names: names.used }).toEqual({
      workers: 1,
      calls: 0,
      names: namesBefore,
    })
  })
}
