// @ts-check
// Questions about what a canceled call leaves in its parameters: rule C8.

/** @import { Question } from '../lib/question.mjs' */

/** @type {Question[]} */
export const parameters = [
  {
    id: 'out-parameter',
    rules: ['C8'],
    question: 'Is the [out] parameter of a canceled call zero?',
    probe: ['out-parameter'],
    expect: { call: 'RPC_E_CALL_CANCELED', 'the parameter is': 'zero' },
  },
  {
    id: 'by-reference',
    rules: ['C8'],
    question:
      'To whom does the string belong that a canceled call got by reference: is it alive, leaked, or freed twice?',
    probe: ['by-reference'],
  },
]
