// @ts-check
// A vitest reporter that precedes the summary of merged runs with the counts and skip reasons of each project.

import { DefaultReporter } from 'vitest/node'

// biome-ignore lint/style/noDefaultExport: vitest looks for it.
export default class SummaryReporter extends DefaultReporter {
  // Each run has already shown its files and their output.
  /** @override */
  onTestModuleEnd() {}
  /** @override */
  onUserConsoleLog() {}

  /**
   * @override
   * @param {ReadonlyArray<import('vitest/node').TestModule>} modules
   * @param {ReadonlyArray<import('vitest').SerializedError>} errors
   * @param {import('vitest/node').TestRunEndReason} reason
   */
  onTestRunEnd(modules, errors, reason) {
    /** @type {Map<string, Tally>} */
    const tallies = new Map()
    for (const name of expected()) tallies.set(name, new Tally())
    for (const module of modules) {
      const tally = tallies.get(module.project.name) ?? new Tally()
      tallies.set(module.project.name, tally)
      for (const test of module.children.allTests()) tally.add(test)
    }
    this.log()
    for (const [name, tally] of tallies) {
      this.log(` ${name}: ${tally}`)
      for (const [note, count] of tally.notes) this.log(`   ${count} skipped: ${note}`)
      for (const test of tally.retried) this.log(`   failed at first, passed when it was repeated: ${test}`)
    }
    // A project that skips all its tests would look green.
    const idle = expected().filter(name => !tallies.get(name)?.passed)
    for (const name of idle) this.error(` ${name}: no test ran`)
    if (idle.length > 0) process.exitCode = 1
    super.onTestRunEnd(modules, errors, reason)
  }
}

const expected = () => (process.env.COM_CANCEL_EXPECTED_PROJECTS ?? '').split('\n').filter(Boolean)

/**
 * The title of the skipped suite around a test; it contains the reason.
 * @param {import('vitest/node').TestCase} test
 */
function skippedSuite({ parent }) {
  for (let suite = parent; suite.type === 'suite'; suite = suite.parent) {
    if (suite.options.mode === 'skip') return suite.name
  }
  return undefined
}

class Tally {
  passed = 0
  failed = 0
  skipped = 0
  /** @type {Map<string, number>} */
  notes = new Map()
  /** @type {string[]} */
  retried = []

  /** @param {import('vitest/node').TestCase} test */
  add(test) {
    const result = test.result()
    if (result.state === 'passed') {
      this.passed++
      if (test.diagnostic()?.retryCount)
        this.retried.push(
          [test.fullName, ...(result.errors ?? []).map(({ message }) => message)].join('\n     '),
        )
    } else if (result.state === 'failed') this.failed++
    else {
      this.skipped++
      const note = (result.state === 'skipped' && result.note) || skippedSuite(test) || 'no reason given'
      this.notes.set(note, (this.notes.get(note) ?? 0) + 1)
    }
  }

  toString() {
    const parts = [`${this.passed} passed`]
    if (this.retried.length > 0) parts.push(`${this.retried.length} of them repeated`)
    if (this.failed) parts.push(`${this.failed} failed`)
    if (this.skipped) parts.push(`${this.skipped} skipped`)
    return parts.join(', ')
  }
}
