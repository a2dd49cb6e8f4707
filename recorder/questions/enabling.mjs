// @ts-check
// Questions about enabling and disabling cancellation: rules E1 to E8.

/** @import { Question } from '../lib/question.mjs' */

/** @type {Question[]} */
export const enabling = [
  {
    id: 'never-enabled',
    rules: ['E1', 'C3'],
    question: 'Is cancellation disabled on a new thread, and what does CoCancelCall return for its call?',
    probe: ['never-enabled'],
    expect: { cancel: 'CO_E_CANCEL_DISABLED', call: 'S_OK' },
  },
  {
    id: 'reserved',
    rules: ['E2'],
    question: 'What do the two functions return for a reserved argument that is not NULL?',
    probe: ['reserved'],
    expect: { enable: 'E_INVALIDARG', 'enable NULL': 'S_OK', 'disable NULL': 'S_OK' },
  },
  {
    id: 'counted',
    rules: ['E3', 'E4'],
    question:
      'Are enables counted: is a call cancelable after two enables and one disable, and not after two and two? What does each disable return?',
    probe: ['counted'],
    expect: {
      'first disable': 'S_OK',
      'cancel, one enable left': 'S_OK',
      'call, one enable left': 'RPC_E_CALL_CANCELED',
      'disable of two': 'S_OK',
      'disable of one': 'S_OK',
      'cancel, no enable left': 'CO_E_CANCEL_DISABLED',
      'call, no enable left': 'S_OK',
    },
  },
  {
    id: 'disabled-alone',
    rules: ['E4'],
    question:
      'What does a disable without an enable return, and does it change the count: is a call cancelable after two such disables and one enable?',
    probe: ['disabled-alone'],
    expect: {
      disable: 'CO_E_CANCEL_DISABLED',
      'second disable': 'CO_E_CANCEL_DISABLED',
      enable: 'S_OK',
      cancel: 'S_OK',
      call: 'RPC_E_CALL_CANCELED',
    },
  },
  {
    id: 'changed-during-call',
    rules: ['E5'],
    question: 'Does an enable or disable in a callback change the call around it?',
    probe: ['changed-during-call'],
    expect: {
      'cancel, enabled during the call': 'CO_E_CANCEL_DISABLED',
      'call, enabled during the call': 'S_OK',
      'cancel, disabled during the call': 'S_OK',
      'call, disabled during the call': 'RPC_E_CALL_CANCELED',
    },
  },
  {
    id: 'initialized-again',
    rules: ['E6'],
    question: 'Is cancellation disabled after CoUninitialize and CoInitializeEx?',
    probe: ['initialized-again'],
    expect: { cancel: 'CO_E_CANCEL_DISABLED', call: 'S_OK' },
  },
  {
    id: 'enabled-elsewhere',
    rules: ['E7'],
    question: 'Does enabling on one thread leave another thread alone?',
    probe: ['enabled-elsewhere'],
    expect: { cancel: 'CO_E_CANCEL_DISABLED', call: 'S_OK' },
  },
  {
    id: 'cost',
    rules: ['E8'],
    question: 'How much slower are calls to a server of this machine while cancellation is enabled?',
    probe: ['cost'],
  },
  {
    id: 'without-com',
    rules: [],
    question:
      'On a thread without COM, in a process without COM: do the functions return CO_E_NOTINITIALIZED, or do they work (CoSetCancelObject: S_OK)?',
    probe: ['without-com'],
  },
  {
    id: 'without-com-beside-mta',
    rules: [],
    question: 'The same on a thread without COM while another thread of the process is in the MTA.',
    probe: ['without-com', 'mta'],
  },
]
