// @ts-check
// What all scripts share: where the project is, and how they run other programs.

import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '')

/** @param {string[]} parts */
export const inProject = (...parts) => path.join(root, ...parts)

/** The file behind a package's entry, from the project's own node_modules. @param {string} file */
export const inModules = file => inProject('node_modules', file)

/**
 * Runs a program to its end; a failure is an exception.
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
  // npm tells the scripts it runs where it is; npm.cmd can't be spawned without a shell.
  const cli = process.env.npm_execpath
  if (cli) run(process.execPath, [cli, ...args], options)
  else run('npm', args, { shell: process.platform === 'win32', ...options })
}

/** Where a program is, if it is in the path. @param {string} program */
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

/** A failure whose message is all there is to say. */
export class ScriptError extends Error {}

/** Runs a script's main function, and shows its failure without a stack. @param {() => unknown} main */
export async function main(main) {
  // What a script defines below its main function must be there when that runs.
  await undefined
  try {
    await main()
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error
    console.error(error.message)
    process.exitCode = 1
  }
}
