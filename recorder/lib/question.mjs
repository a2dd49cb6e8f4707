// @ts-check
// What a question is, what was seen, and the verdict.

/**
 * A question. `expect` says what the contract (docs/contract.md) expects, by the key of an observation: the name of an
 * HRESULT or a value; several for alternatives. A question without expectations is one that the documentation leaves
 * open.
 *
 * @typedef {object} Question
 * @property {string} id
 * @property {string[]} rules ids of rules, or none
 * @property {string} question
 * @property {string[]} [probe] asked by recorder_probe.exe, with these arguments
 * @property {(com: Com, see: See) => Promise<void>} [ask] asked by the package, in a node.exe of its own
 * @property {Record<string, string | string[]>} [expect]
 * @property {string} [wine] why the answer may be another one, or missing, under Wine
 * @property {number} [limit] seconds until it is given up
 * @property {boolean} [alone] it watches the processes of the test server, so no other question runs meanwhile
 */

/** @typedef {typeof import('com-cancel')} Com */

/**
 * One observation of a question.
 * @typedef {object} Seen
 * @property {string} key
 * @property {string} [call] the function that was called
 * @property {number} [hresult]
 * @property {string} [hex]
 * @property {string} [name] the name of the HRESULT
 * @property {string} [value] a fact that is no HRESULT
 * @property {number} [ms]
 */

/**
 * What a question is given to report with.
 * @typedef {object} See
 * @property {(key: string, call: string, hresult: number, ms: number) => void} observe
 * @property {(key: string, value: string) => void} fact
 * @property {(reason: string) => void} notAsked
 * @property {string | undefined} argument
 */

/**
 * How the process of a question ended.
 * @typedef {object} End
 * @property {number | null} code
 * @property {boolean} late it was ended at its time limit
 * @property {number} ms
 * @property {string} errors what it wrote to its standard error
 */

/**
 * agrees, differs: from the contract. open: the contract expects nothing. failed: the process crashed or hung before all
 * answers were there. not-asked: `reason` says why.
 * @typedef {'agrees' | 'differs' | 'open' | 'failed' | 'not-asked'} Verdict
 */

/**
 * @typedef {object} Answer
 * @property {string} id
 * @property {string[]} rules
 * @property {string} question
 * @property {Verdict} verdict
 * @property {string} [reason]
 * @property {string} [wine]
 * @property {Record<string, string[]>} expected
 * @property {Seen[]} seen
 * @property {{ key: string, expected: string[], seen: string }[]} differences
 * @property {number} ms
 */

/** What is compared and printed. @param {Seen} seen */
export const textOf = ({ name, hex, value }) => name ?? hex ?? value ?? ''

/** @param {number} hresult */
export const hexOf = hresult => `0x${(hresult >>> 0).toString(16).toUpperCase().padStart(8, '0')}`

/**
 * The answer that follows from what was seen.
 * @param {Question} question
 * @param {{ seen: Seen[], reason?: string, end: End }} asked
 * @returns {Answer}
 */
export function judge(question, { seen, reason, end }) {
  const expected = Object.fromEntries(
    Object.entries(question.expect ?? {}).map(([key, value]) => [key, [value].flat()]),
  )
  const differences = []
  const missing = []
  for (const [key, values] of Object.entries(expected)) {
    const found = seen.filter(each => each.key === key)
    if (found.length === 0) missing.push(key)
    for (const each of found) {
      if (!values.includes(textOf(each))) differences.push({ key, expected: values, seen: textOf(each) })
    }
  }
  const { id, rules, question: text, wine } = question
  const answer = {
    id,
    rules,
    question: text,
    ...(wine ? { wine } : {}),
    expected,
    seen,
    differences,
    ms: end.ms,
  }
  const failure = failureOf(end, seen, reason, missing)
  if (differences.length > 0) {
    return { ...answer, verdict: 'differs', ...(failure || reason ? { reason: failure ?? reason } : {}) }
  }
  if (failure) return { ...answer, verdict: 'failed', reason: failure }
  if (reason !== undefined) return { ...answer, verdict: 'not-asked', reason }
  return { ...answer, verdict: Object.keys(expected).length > 0 ? 'agrees' : 'open' }
}

/**
 * @param {End} end @param {Seen[]} seen @param {string | undefined} reason @param {string[]} missing
 * @returns {string | undefined}
 */
function failureOf({ code, late, ms, errors }, seen, reason, missing) {
  const seconds = `${(ms / 1000).toFixed(1)} s`
  const said = errors.trim() ? `; it wrote: ${errors.trim().slice(0, 2000)}` : ''
  if (late) return `no end within ${seconds}${said}`
  if (code !== 0) {
    // A crash is an NTSTATUS, which is negative as a signed number.
    const shown = code !== null && (code < 0 || code > 0xffff) ? hexOf(code) : code
    const failed = seen.find(each => each.key === 'failed')
    return `the process ended with ${shown} after ${seconds}${failed ? `: ${failed.call ?? ''} ${textOf(failed)}` : ''}${said}`
  }
  if (seen.some(each => each.key === 'failed')) return 'a thread of the question failed'
  if (reason === undefined && missing.length > 0) return `nothing was seen of: ${missing.join(', ')}`
  if (reason === undefined && seen.length === 0) return 'nothing was seen'
  return undefined
}
