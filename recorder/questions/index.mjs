// @ts-check
// All questions, and the rules for which there is no code that could be asked.

import { activation } from './activation.mjs'
import { cancelObjects } from './cancel-objects.mjs'
import { canceling } from './canceling.mjs'
import { enabling } from './enabling.mjs'
import { lifetime } from './lifetime.mjs'
import { messageFilter } from './message-filter.mjs'
import { parameters } from './parameters.mjs'
import { serverSide } from './server-side.mjs'
import { thePackage } from './the-package.mjs'

/** @import { Answer, Question } from '../lib/question.mjs' */

/** @type {Question[]} */
export const questions = [
  ...enabling,
  ...cancelObjects,
  ...canceling,
  ...parameters,
  ...serverSide,
  ...messageFilter,
  ...lifetime,
  ...activation,
  ...thePackage,
]

/** Rules that nothing asks, and why. @type {Record<string, string>} */
const reasons = {
  O5: 'user code cannot cause a block on cancel operations',
  ...Object.fromEntries(
    ['O8', 'S6', 'A1', 'A2', 'A3', 'A4', 'A5', 'A6', 'A7', 'A8', 'W1', 'W2', 'W3'].map(rule => [
      rule,
      'no question yet',
    ]),
  ),
  ...Object.fromEntries(
    ['H1', 'H2', 'H3', 'H4', 'H5', 'H6', 'H7', 'H8'].map(rule => [
      rule,
      'of this package, not of Windows; its tests of host processes check it',
    ]),
  ),
}

/** @returns {Answer[]} */
export const withoutCode = () =>
  Object.entries(reasons).map(([rule, reason]) => ({
    id: rule.toLowerCase(),
    rules: [rule],
    question: `Rule ${rule} of docs/contract.md.`,
    verdict: 'not-asked',
    reason,
    expected: {},
    seen: [],
    differences: [],
    ms: 0,
  }))
