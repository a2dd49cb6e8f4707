// @ts-check
// Questions about the server's side of a call: rules S1 to S5 and S7.

/** @import { Question } from '../lib/question.mjs' */

/** @type {Question[]} */
export const serverSide = [
  {
    id: 'noticed-mta',
    rules: ['S1', 'S2'],
    question: 'When does CoTestCancel in a server in an MTA report the cancel?',
    probe: ['noticed-mta'],
    expect: {
      'test before': 'RPC_S_CALLPENDING',
      cancel: 'S_OK',
      noticed: 'S_OK',
      call: 'RPC_E_CALL_CANCELED',
    },
  },
  {
    id: 'noticed-sta',
    rules: ['S1', 'S2'],
    question: 'The same in a server in an STA.',
    probe: ['noticed-sta'],
    expect: {
      'test before': 'RPC_S_CALLPENDING',
      cancel: 'S_OK',
      noticed: 'S_OK',
      call: 'RPC_E_CALL_CANCELED',
    },
  },
  {
    id: 'outside-call',
    rules: ['S3'],
    question: 'What do CoTestCancel and CoGetCallContext return outside an incoming call?',
    probe: ['outside-call'],
    expect: { test: 'RPC_E_CALL_COMPLETE', context: 'RPC_E_CALL_COMPLETE' },
  },
  {
    id: 'switched-context',
    rules: ['S5', 'S1'],
    question: 'Does CoSwitchCallContext take no reference, and CoTestCancel ask the context that was set?',
    probe: ['switched-context'],
    expect: {
      switch: 'S_OK',
      'old context': 'none',
      'taken by switch': '0',
      context: 'S_OK',
      'the context is': 'the object',
      'taken by get': '1',
      test: 'RPC_S_CALLPENDING',
      'the previous context is': 'the object',
      'test after': 'RPC_E_CALL_COMPLETE',
    },
  },
  {
    id: 'concurrent-calls',
    rules: ['S7'],
    question: 'Does one of two concurrent calls see the cancel of the other?',
    probe: ['concurrent-calls'],
    expect: {
      'cancel of the first': 'S_OK',
      'first call': 'RPC_E_CALL_CANCELED',
      'the second call': 'is blocked',
      'methods that noticed': '1',
      'second call': 'S_OK',
    },
  },
]
