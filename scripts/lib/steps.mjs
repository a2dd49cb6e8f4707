// @ts-check
// Steps of a set-up that are done once, with their progress shown.

import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { inProject, ScriptError } from './project.mjs'

/**
 * Runs a step, unless it has ended before with the same key.
 * @param {string} name @param {string} key @param {string} title @param {() => unknown} work
 */
export async function once(name, key, title, work) {
  const stamp = inProject('.wine', `${name}.done`)
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === key) return
  console.log(title)
  const begin = performance.now()
  rmSync(stamp, { force: true })
  await work()
  mkdirSync(path.dirname(stamp), { recursive: true })
  writeFileSync(stamp, key)
  console.log(`  done in ${seconds(begin)} s: ${title}`)
}

/** @param {number} begin */
const seconds = begin => Math.round((performance.now() - begin) / 1000)

/**
 * Runs a program that takes minutes. Every ten seconds it prints the last line of the program's output; when the program
 * fails, the last lines.
 * @param {string} program @param {string[]} args @param {NodeJS.ProcessEnv} [env]
 */
export async function runLong(program, args, env = {}) {
  const begin = performance.now()
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', text => {
      output = (output + text).slice(-10_000)
    })
  }
  const timer = setInterval(() => {
    const last = output.trimEnd().split('\n').at(-1) ?? ''
    console.log(`  ${path.basename(program)}, ${seconds(begin)} s: ${last.slice(0, 100)}`)
  }, 10_000)
  try {
    const code = await new Promise((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (status, signal) => resolve(status ?? signal))
    })
    if (code !== 0)
      throw new ScriptError(
        `${output.trimEnd().split('\n').slice(-20).join('\n')}\n${path.basename(program)} ended with ${code}`,
      )
  } finally {
    clearInterval(timer)
  }
}
