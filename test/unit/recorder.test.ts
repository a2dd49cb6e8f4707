// The recorder's questions and verdicts, without asking any: that they cover the contract, and how answers are judged.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { type End, judge, type Question, type Seen } from '../../recorder/lib/question.mjs'
import { countsOf, markdown } from '../../recorder/lib/report.mjs'
import { questions, withoutCode } from '../../recorder/questions/index.mjs'

const contract = readFileSync(path.join(import.meta.dirname, '../../docs/contract.md'), 'utf8')
const rules = [...contract.matchAll(/^- <a id="([a-z]\d+)">/gm)].map(([, id = '']) => id.toUpperCase())

describe('the questions', () => {
  it('have ids of their own', () => {
    const ids = [...questions, ...withoutCode()].map(({ id }) => id)
    expect(ids).toEqual([...new Set(ids)])
  })

  it('cover each rule of the contract, and no other', () => {
    expect(rules.length).toBeGreaterThan(50)
    const covered = new Set([...questions, ...withoutCode()].flatMap(each => each.rules))
    expect([...covered].sort()).toEqual([...rules].sort())
  })

  it('are asked by the program in C++ or by the package, not by both', () => {
    for (const { id, probe, ask } of questions)
      expect([id, probe !== undefined]).toEqual([id, ask === undefined])
  })

  it('are missing for a reason', () => {
    for (const { id, reason } of withoutCode())
      expect([id, reason]).toEqual([
        id,
        expect.stringMatching(/^no question yet$|^user code cannot|^of this package/),
      ])
  })
})

describe('a verdict', () => {
  const question: Question = {
    id: 'example',
    rules: ['C4'],
    question: 'What does it return?',
    probe: ['example'],
    expect: { first: 'S_OK', second: ['RPC_E_CALL_CANCELED', 'RPC_E_CALL_COMPLETE'] },
  }
  const ended: End = { code: 0, late: false, ms: 1_500, errors: '' }
  const first: Seen = { key: 'first', call: 'A()', hresult: 0, hex: '0x00000000', name: 'S_OK', ms: 1 }
  const second: Seen = {
    key: 'second',
    call: 'B()',
    hresult: -2147417854,
    name: 'RPC_E_CALL_CANCELED',
    ms: 2,
  }
  const judged = (seen: Seen[], end: Partial<End> = {}, reason?: string) => {
    const asked = { seen, end: { ...ended, ...end }, ...(reason === undefined ? {} : { reason }) }
    return judge(question, asked)
  }

  it('agrees where each expectation was met', () => {
    expect(judged([first, second])).toMatchObject({ verdict: 'agrees', differences: [], ms: 1_500 })
  })

  it('differs where one was not, also when the process crashed afterwards', () => {
    const other: Seen = { key: 'second', call: 'B()', hresult: -2147418111, hex: '0x80010001' }
    const expected = ['RPC_E_CALL_CANCELED', 'RPC_E_CALL_COMPLETE']
    const differences = [{ key: 'second', expected, seen: '0x80010001' }]
    expect(judged([first, other])).toMatchObject({ verdict: 'differs', differences })
    expect(judged([first, other], { code: 1 })).toMatchObject({
      verdict: 'differs',
      reason: 'the process ended with 1 after 1.5 s',
    })
  })

  it('is a failure where an answer is missing, and says why', () => {
    expect(judged([first])).toMatchObject({ verdict: 'failed', reason: 'nothing was seen of: second' })
    expect(judged([first], { late: true, code: null })).toMatchObject({
      verdict: 'failed',
      reason: 'no end within 1.5 s',
    })
    expect(judged([first, second], { code: 0xc0000005 })).toMatchObject({
      verdict: 'failed',
      reason: 'the process ended with 0xC0000005 after 1.5 s',
    })
    const failed: Seen = { key: 'failed', call: 'CoUnmarshalInterface', hresult: -1, hex: '0xFFFFFFFF' }
    expect(judged([failed], { code: 1, errors: 'text\n' })).toMatchObject({
      reason: 'the process ended with 1 after 1.5 s: CoUnmarshalInterface 0xFFFFFFFF; it wrote: text',
    })
    expect(judged([first, second, failed])).toMatchObject({ verdict: 'failed' })
  })

  it('is "not asked" with the reason that was given', () => {
    expect(judged([], {}, 'no other machine')).toMatchObject({
      verdict: 'not-asked',
      reason: 'no other machine',
    })
  })

  it('is open where nothing is expected, and a failure where nothing was seen', () => {
    const { expect: _, ...open } = question
    expect(judge(open, { seen: [first], end: ended })).toMatchObject({ verdict: 'open' })
    expect(judge(open, { seen: [], end: ended })).toMatchObject({
      verdict: 'failed',
      reason: 'nothing was seen',
    })
  })

  it('is in the Markdown, with calls, codes, times and expectations', () => {
    const answers = [judged([first, second]), judged([], {}, 'no | machine')]
    const host = { system: 'Windows' }
    const text = markdown({
      format: 1,
      package: '1',
      began: '',
      ms: 1,
      host,
      counts: countsOf(answers),
      answers,
    })
    expect(text).toContain('| first | `A()` | S_OK (0x00000000) | 1.0 | S_OK |')
    expect(text).toContain('**agrees with the contract** (1500 ms in all)')
    expect(text).toContain('**not asked**: no | machine')
    expect(text).toContain('| agrees with the contract | 1 |')
  })
})

it('each question is in docs/windows.md', () => {
  const page = readFileSync(path.join(import.meta.dirname, '../../docs/windows.md'), 'utf8')
  expect(questions.map(({ id }) => id).filter(id => !page.includes(`\`${id}\``))).toEqual([])
})
