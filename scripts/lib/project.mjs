// @ts-check
// Paths of the project and functions to run programs, shared by all scripts.

import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '')

/** @param {string[]} parts */
export const inProject = (...parts) => path.join(root, ...parts)

/** A file in the project's node_modules. @param {string} file */
export const inModules = file => inProject('node_modules', file)

/**
 * Runs a program to its end. Throws ScriptError when it fails.
 * @param {string} program
 * @param {string[]} args
 * @param {import('node:child_process').SpawnSyncOptions} [options]
 */
export function run(program, args, options = {}) {
  const { error, status, signal } = spawnSync(program, args, { stdio: 'inherit', cwd: root, ...options })
  if (error) throw new ScriptError(`${program} could not be started: ${error.message}`)
  if (status !== 0)
    throw new ScriptError(`${path.basename(program)} ${args[0] ?? ''} ended with ${signal ?? status}`)
}

/** @param {string[]} args @param {import('node:child_process').SpawnSyncOptions} [options] */
export function npm(args, options = {}) {
  // npm sets npm_execpath for the scripts it runs; npm.cmd cannot be spawned without a shell.
  const cli = process.env.npm_execpath
  if (cli) run(process.execPath, [cli, ...args], options)
  else run('npm', args, { shell: process.platform === 'win32', ...options })
}

/** The path of a program in PATH, or undefined. @param {string} program */
export function findInPath(program) {
  const candidates = (process.env.PATH ?? '').split(path.delimiter).map(folder => path.join(folder, program))
  return candidates.find(candidate => {
    try {
      accessSync(candidate, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/** @param {string} program */
export const isInPath = program => findInPath(program) !== undefined

/** An error that is reported by its message only. */
export class ScriptError extends Error {}

/** Runs a script's main function and prints a ScriptError without its stack. @param {() => unknown} main */
export async function main(main) {
  // Lets the module finish, so that definitions below the call of main() are initialized.
  await undefined
  try {
    await main()
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error
    console.error(error.message)
    process.exitCode = 1
  }
}
