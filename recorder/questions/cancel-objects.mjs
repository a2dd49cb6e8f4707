// @ts-check
// Questions about cancel objects and their stack: rules O1 to O9, C1, C9, C12, C15.

/** @import { Question } from '../lib/question.mjs' */

/** @type {Question[]} */
export const cancelObjects = [
  {
    id: 'set-without-interface',
    rules: ['O1'],
    question: 'What does CoSetCancelObject do with an object that has no ICancelMethodCalls?',
    probe: ['set-without-interface'],
    expect: { set: 'E_NOINTERFACE', get: 'E_NOINTERFACE' },
  },
  {
    id: 'references',
    rules: ['O2', 'O6'],
    question: 'How many references do CoSetCancelObject and CoGetCancelObject take?',
    probe: ['references'],
    expect: { set: 'S_OK', 'taken by set': '1', get: 'S_OK', 'taken by get': '1', 'left after unset': '0' },
  },
  {
    id: 'own-stack',
    rules: ['O3'],
    question: 'Do objects that one thread registers form a stack?',
    probe: ['own-stack'],
    expect: {
      'topmost of one': 'first',
      'topmost of two': 'second',
      'topmost after one unset': 'first',
      'topmost after two': 'none',
    },
  },
  {
    id: 'unset-empty',
    rules: ['O4'],
    question: 'What does CoSetCancelObject(NULL) return where nothing is registered?',
    probe: ['unset-empty'],
    expect: { unset: 'S_OK', 'unset again': 'S_OK' },
  },
  {
    id: 'nothing-registered',
    rules: ['O7', 'C12'],
    question:
      'What do CoGetCancelObject and CoCancelCall return for a thread without a call, and for no thread?',
    probe: ['nothing-registered'],
    expect: {
      'get of this thread': 'E_NOINTERFACE',
      'get of a thread that makes no call': 'E_NOINTERFACE',
      'get of no thread': 'E_NOINTERFACE',
      'cancel of this thread': 'E_NOINTERFACE',
      'cancel of no thread': 'E_NOINTERFACE',
    },
  },
  {
    id: 'refusing-object',
    rules: ['O9', 'C1'],
    question:
      'Does CoCancelCall pass the timeout to a registered object and return what its Cancel returns (E_NOTIMPL)?',
    probe: ['refusing-object'],
    expect: {
      'cancel of this thread': 'E_NOTIMPL',
      seconds: '7',
      'cancel from another thread': 'E_NOTIMPL',
      'seconds from another thread': '9',
      cancels: '2',
      'references left': '0',
    },
  },
  {
    id: 'own-object-disabled',
    rules: ['C3', 'O9'],
    question: 'Is a registered object asked although cancellation is disabled on its thread?',
    probe: ['own-object-disabled'],
  },
  {
    id: 'object-or-proxy-sta',
    rules: ['O6'],
    question:
      'Does a thread of the MTA get the cancel object of an STA thread itself, or a proxy, and where does Cancel run?',
    probe: ['object-or-proxy', 'sta'],
  },
  {
    id: 'object-or-proxy-mta',
    rules: ['O6'],
    question: 'The same where both threads are in the MTA.',
    probe: ['object-or-proxy', 'mta'],
  },
  {
    id: 'one-stack',
    rules: ['O3', 'O6', 'O9'],
    question:
      "Do registered objects and those of COM's proxies share one stack, innermost first, as seen from a nested callback?",
    probe: ['one-stack'],
    expect: {
      'innermost in the callback': 'an object of COM',
      'innermost after set': 'our object',
      'cancel after set': 'S_OK',
      'cancels of our object': '1',
      'inner call': 'RPC_E_CALL_CANCELED',
      'cancels of our object after the inner call': '1',
      'innermost after the inner call': 'our object',
      'innermost after unset': 'an object of COM',
      'cancel of the outer call': 'S_OK',
      'outer call': 'RPC_E_CALL_CANCELED',
    },
  },
  {
    id: 'set-before-call',
    rules: ['O3'],
    question: "Does an object that was registered before a call lie below the proxy's?",
    probe: ['set-before-call'],
    expect: {
      'cancels of our object': '0',
      call: 'RPC_E_CALL_CANCELED',
      'innermost after the call': 'our object',
    },
  },
  {
    id: 'unset-too-much',
    rules: ['O3'],
    question: 'Can a callback unregister the cancel object of the call around it?',
    probe: ['unset-too-much'],
  },
  {
    id: 'barrier',
    rules: ['C15'],
    question: 'Does a registered object that refuses keep a cancel from the call around a callback?',
    probe: ['barrier'],
    expect: { 'cancel in the callback': 'E_NOINTERFACE', 'outer call': 'S_OK' },
  },
  {
    id: 'same-thread',
    rules: ['C9'],
    question: 'What does a cancel do that the thread of the call makes itself, in a callback?',
    probe: ['same-thread'],
  },
  {
    id: 'outer-while-nested',
    rules: ['C15'],
    question:
      'The outer call is canceled while a call of its callback blocks: is the inner call left alone, and what does the outer one return?',
    probe: ['outer-while-nested'],
    expect: { 'cancel of the outer call': 'S_OK', 'inner call': 'S_OK', 'outer call': 'RPC_E_CALL_CANCELED' },
  },
]
