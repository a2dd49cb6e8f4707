// @ts-check
// Questions about the release of proxies, the end of an apartment, and thread ids.

/** @import { Question } from '../lib/question.mjs' */

/** @type {Question[]} */
export const lifetime = [
  {
    id: 'proxy-release',
    rules: ['C15'],
    question:
      'Does the release of the last reference to a proxy block while its server is busy, can it be canceled, and is the object then gone?',
    probe: ['proxy-release'],
  },
  {
    id: 'last-uninitialize',
    rules: [],
    question: 'What does the CoUninitialize of the last MTA thread do during an incoming call?',
    probe: ['last-uninitialize'],
    wine: 'all COM threads of the process hang',
    limit: 20,
  },
  {
    id: 'thread-ids',
    rules: ['W5'],
    question: 'Is the id of a thread used again while a handle to the thread is open?',
    probe: ['thread-ids'],
    expect: { 'id reused while a handle is open': 'not in 2000 threads' },
  },
]
