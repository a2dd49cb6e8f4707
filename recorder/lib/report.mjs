// @ts-check
// The report as Markdown.

import { textOf } from './question.mjs'

/** @import { Answer, Verdict } from './question.mjs' */

/**
 * @typedef {object} Report
 * @property {1} format the version of this format
 * @property {string} package the version of com-cancel
 * @property {string} began an ISO time
 * @property {number} ms how long it took
 * @property {Record<string, string>} host
 * @property {Record<Verdict, number>} counts
 * @property {Answer[]} answers
 */

/** @type {Record<Verdict, string>} */
export const verdicts = {
  agrees: 'agrees with the contract',
  differs: 'differs from the contract',
  open: 'seen; the contract expects nothing',
  failed: 'no answer, or not all of it',
  'not-asked': 'not asked',
}

/** @param {Answer[]} answers @returns {Record<Verdict, number>} */
export function countsOf(answers) {
  const counts = { agrees: 0, differs: 0, open: 0, failed: 0, 'not-asked': 0 }
  for (const { verdict } of answers) counts[verdict]++
  return counts
}

/** @param {Report} report */
export function markdown(report) {
  const { host, answers, counts } = report
  return `${[
    '# COM call cancellation, as seen on this machine',
    '',
    'Made by `record.mjs` of com-cancel. Rule ids are those of docs/contract.md. Times are milliseconds.',
    '',
    ...table(['machine', ''], Object.entries(host)),
    '',
    ...table(
      ['verdict', 'questions'],
      Object.entries(counts).map(([verdict, count]) => [
        verdicts[/** @type {Verdict} */ (verdict)],
        `${count}`,
      ]),
    ),
    '',
    ...table(
      ['question', 'rules', 'verdict'],
      answers.map(({ id, rules, verdict }) => [`[${id}](#${id})`, rules.join(', '), verdicts[verdict]]),
    ),
    ...answers.flatMap(section),
  ].join('\n')}\n`
}

/** @param {Answer} answer */
function section(answer) {
  const { id, rules, question, verdict, reason, wine, expected, seen, differences, ms } = answer
  return [
    '',
    `## ${id}`,
    '',
    `${rules.length > 0 ? `${rules.join(', ')}: ` : ''}${question}`,
    '',
    `**${verdicts[verdict]}**${reason ? `: ${reason}` : ''} (${ms} ms in all)`,
    ...(differences.length > 0
      ? [
          '',
          ...differences.map(each => `- ${each.key}: ${each.seen}, expected ${each.expected.join(' or ')}`),
        ]
      : []),
    ...(wine ? ['', `Under Wine: ${wine}`] : []),
    ...(seen.length > 0
      ? [
          '',
          ...table(
            ['what', 'call', 'result', 'ms', 'expected'],
            seen.map(each => [
              each.key,
              each.call ? `\`${each.call}\`` : '',
              each.name ? `${each.name} (${each.hex})` : textOf(each),
              each.ms === undefined ? '' : each.ms.toFixed(1),
              expected[each.key]?.join(' or ') ?? '',
            ]),
          ),
        ]
      : []),
  ]
}

/** @param {string[]} head @param {string[][]} rows */
function table(head, rows) {
  /** @param {string[]} cells */
  const line = cells =>
    `| ${cells.map(cell => cell.replaceAll('|', '\\|').replace(/\r?\n/g, ' ')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)]
}
