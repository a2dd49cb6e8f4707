// @ts-check
// Asks one question of the package itself, and prints what it saw as recorder_probe.exe does.
//
//   node child.mjs <id> [argument]

import { writeSync } from 'node:fs'
import { questions } from './questions/index.mjs'

/** @param {object} line */
const print = line => void writeSync(1, `${JSON.stringify(line)}\n`)

const [, , id, argument] = process.argv
const ask = questions.find(question => question.id === id)?.ask
if (!ask) throw new Error(`There is no question ${id} for the package.`)

await ask(await import('com-cancel'), {
  observe: (key, call, hresult, ms) => print({ key, call, hresult, ms }),
  fact: (key, value) => print({ key, value }),
  notAsked: reason => print({ notAsked: reason }),
  argument,
})
