// @ts-check
// Questions about activations that are canceled, and calls to another machine: rule C13.

/** @import { Question } from '../lib/question.mjs' */

/** @type {Question[]} */
export const activation = [
  {
    id: 'canceled-activation',
    rules: ['C13'],
    question:
      'Can an activation be canceled whose server has started and never registers its class, what does it return, and does its process run on?',
    probe: ['canceled-activation'],
    expect: { cancel: 'S_OK', 'its object': 'none', 'the activation returns': 'at once' },
    wine: 'the activation returns after thirty seconds, when Wine stops waiting for the server',
    limit: 90,
    alone: true,
  },
  {
    id: 'remote',
    rules: ['C6', 'C7'],
    question:
      'How long does CoCancelCall(…, 0) block with a machine that does not answer, and what does the canceled remote call return?',
    probe: ['remote'],
  },
]
