// @ts-check
// Asks one question in a process of its own, so that a crash or a hang is an answer and not the end.

import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { hexOf, judge } from './question.mjs'

/** @import { Answer, Question, Seen } from './question.mjs' */

const child = fileURLToPath(new URL('../child.mjs', import.meta.url))

/**
 * @param {Question} question
 * @param {{ probe: string, names: Map<number, string>, seconds: number, argument?: string }} options
 * @returns {Promise<Answer>}
 */
export function ask(question, { probe, names, seconds, argument }) {
  const [program, args] = question.probe
    ? [probe, ['ask', ...question.probe, ...(argument === undefined ? [] : [argument])]]
    : [process.execPath, [child, question.id, ...(argument === undefined ? [] : [argument])]]
  const began = performance.now()
  return new Promise(resolve => {
    /** @type {Seen[]} */
    const seen = []
    /** @type {string | undefined} */
    let reason
    let errors = ''
    let late = false
    let done = false
    const running = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, COM_CANCEL_BACKEND: 'native' },
    })
    const timer = setTimeout(
      () => {
        late = true
        running.kill('SIGKILL')
        // A process that can't be ended, or whose descendants keep its pipes open, must not stop the program.
        setTimeout(() => finish(null), 5_000).unref()
      },
      (question.limit ?? seconds) * 1000,
    )

    /** @param {number | null} code */
    const finish = code => {
      if (done) return
      done = true
      clearTimeout(timer)
      running.stdout.destroy()
      running.stderr.destroy()
      const end = { code, late, ms: Math.round(performance.now() - began), errors }
      resolve(judge(question, { seen, ...(reason === undefined ? {} : { reason }), end }))
    }

    let rest = ''
    running.stdout.setEncoding('utf8').on('data', text => {
      const lines = `${rest}${text}`.split(/\r?\n/)
      rest = lines.pop() ?? ''
      for (const line of lines) {
        const said = parsed(line)
        // What the one who runs this is to do now.
        if (said?.key === 'now') console.log(`\n${said.value}\n`)
        if (said?.notAsked !== undefined) reason = said.notAsked
        else if (said) seen.push(named(said, names))
        else if (line.trim()) errors += `${line}\n`
      }
    })
    running.stderr.setEncoding('utf8').on('data', text => {
      errors += text
    })
    running.on('error', error => {
      errors += `${program} could not be started: ${error.message}`
      finish(1)
    })
    running.on('close', code => finish(code))
    // Without waiting for a descendant that keeps the pipes open.
    running.on('exit', code => setTimeout(() => finish(code), 2_000).unref())
  })
}

/** @param {string} line @returns {(Seen & { notAsked?: string }) | undefined} */
function parsed(line) {
  if (!line.startsWith('{')) return undefined
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

/** Adds the code in hex and by name. @param {Seen} seen @param {Map<number, string>} names @returns {Seen} */
function named(seen, names) {
  if (seen.hresult === undefined) return seen
  const name = names.get(seen.hresult)
  return { ...seen, hex: hexOf(seen.hresult), ...(name ? { name } : {}) }
}
