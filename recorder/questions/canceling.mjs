// @ts-check
// Questions about CoCancelCall and calls that block: rules C2 to C7, C10 to C12, C14, S4.

/** @import { Question } from '../lib/question.mjs' */

/** @param {string} id @param {string} where @returns {Question} */
const release = (id, where) => ({
  id,
  rules: ['C2', 'C7', 'S4'],
  question: `Is a call ${where} released at once, and does its method run on?`,
  probe: [id],
  expect: {
    cancel: 'S_OK',
    'the call returns': 'before its method ends',
    call: 'RPC_E_CALL_CANCELED',
    "the server's method ended": 'yes',
  },
})

/** @type {Question[]} */
export const canceling = [
  release('release-mta-process', 'from the MTA to the MTA of another process'),
  release('release-sta-process', 'from the MTA to an STA of another process'),
  release('release-sta-thread', 'from the MTA to an STA of this process'),
  release('release-from-sta', 'from an STA to the MTA of another process'),
  {
    id: 'cancel-twice',
    rules: ['C4'],
    question: 'What do a second cancel, TestCancel, and a cancel of the call that has returned give?',
    probe: ['cancel-twice'],
    expect: {
      get: 'S_OK',
      'test before': 'RPC_S_CALLPENDING',
      'first cancel': 'S_OK',
      'second cancel': 'RPC_E_CALL_CANCELED',
      'test after': 'RPC_E_CALL_CANCELED',
      call: 'RPC_E_CALL_CANCELED',
      'cancel without a call': 'E_NOINTERFACE',
    },
  },
  {
    id: 'next-call-mta',
    rules: ['C10'],
    question:
      'Does the next call get its own reply, at once, where the canceled method still runs in an MTA?',
    probe: ['next-call-mta'],
    expect: {
      'canceled call': 'RPC_E_CALL_CANCELED',
      'the next call returns': 'before its method ends',
      'next call': 'S_OK',
      'its value': '4711',
    },
  },
  {
    id: 'next-call-sta',
    rules: ['C10'],
    question: 'The same where it runs in an STA: the next call waits for it.',
    probe: ['next-call-sta'],
    expect: {
      'canceled call': 'RPC_E_CALL_CANCELED',
      'the next call returns': 'not before its method ends',
      'next call': 'S_OK',
      'its value': '4711',
    },
  },
  {
    id: 'queued-call',
    rules: ['C11'],
    question:
      'A call is canceled while it waits in the queue of an STA: is it released, and does its method begin?',
    probe: ['queued-call'],
    expect: {
      cancel: 'S_OK',
      'the call returns': 'before its method ends',
      call: 'RPC_E_CALL_CANCELED',
      'methods that began': ['1', '2'],
    },
  },
  {
    id: 'no-call',
    rules: ['C12'],
    question: 'Has a cancel without a call any later effect?',
    probe: ['no-call'],
    expect: { cancel: 'E_NOINTERFACE', call: 'S_OK', 'its value': '12' },
  },
  {
    id: 'direct-call',
    rules: ['C14'],
    question: 'What does CoCancelCall return for a direct call inside one apartment?',
    probe: ['direct-call'],
    expect: { cancel: 'E_NOINTERFACE', 'the call returns': 'not before its method ends', call: 'S_OK' },
  },
  {
    id: 'cancel-completes',
    rules: ['C5', 'C6'],
    question: 'What does CoCancelCall return when the call completes within its timeout, and what the call?',
    probe: ['cancel-completes'],
    expect: { cancel: 'RPC_E_CALL_COMPLETE', call: 'S_OK' },
  },
  {
    id: 'cancel-passes',
    rules: ['C6', 'C7'],
    question: 'When does CoCancelCall return whose timeout of two seconds passes, and when the call?',
    probe: ['cancel-passes'],
    expect: { cancel: 'S_OK', 'the call returns': 'before its method ends', call: 'RPC_E_CALL_CANCELED' },
  },
  {
    id: 'cancel-infinite',
    rules: ['C6'],
    question: 'Does RPC_C_CANCEL_INFINITE_TIMEOUT wait until the server is done?',
    probe: ['cancel-infinite'],
    expect: {
      'Cancel returns': 'not while the method runs',
      'the call': 'is blocked meanwhile',
      cancel: 'RPC_E_CALL_COMPLETE',
    },
  },
  {
    id: 'second-is-shorter',
    rules: ['C7', 'C4'],
    question: 'Does a second cancel with a shorter timeout bring the release forward?',
    probe: ['second-is-shorter'],
    expect: { 'the call returns': 'before its method ends', call: 'RPC_E_CALL_CANCELED' },
  },
]
