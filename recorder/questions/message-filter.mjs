// @ts-check
// Questions about message filters: rule M1.

/** @import { Question } from '../lib/question.mjs' */

/** @type {Question[]} */
export const messageFilter = [
  {
    id: 'message-filter',
    rules: ['M1'],
    question: 'Does PENDINGMSG_CANCELCALL release a call at once, and does the message stay in the queue?',
    probe: ['message-filter'],
    expect: {
      'the call returns': 'before its method ends',
      call: 'RPC_E_CALL_CANCELED',
      'MessagePending was asked': '1',
      'the message is in the queue': 'yes',
    },
    wine: 'the filter is asked, and its answer takes effect when the server answers',
  },
  {
    id: 'filter-in-wait',
    rules: ['M1'],
    question:
      'Does CoWaitForMultipleHandles ask the message filter, and what does it return after PENDINGMSG_CANCELCALL?',
    probe: ['filter-in-wait'],
  },
]
