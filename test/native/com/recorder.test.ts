// The recorder, which asks COM every question that the contract or the documentation leaves to Windows.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Report } from '../../../recorder/lib/report.mjs'
import { questions, withoutCode } from '../../../recorder/questions/index.mjs'
import { underWine } from './support'

const root = path.resolve(import.meta.dirname, '../../..')
const probe = path.join(root, 'build/recorder/recorder_probe.exe')
const built = existsSync(probe)
const reason = built ? '' : ' (not built here: node scripts/build-native.mjs --prime)'

// Several questions at a time: they wait most of the time.
const record = (out: string): Promise<{ code: number | null; output: string }> =>
  new Promise((resolve, reject) => {
    const program = path.join(root, 'recorder/record.mjs')
    const args = [program, '--out', out, '--jobs', '4', '--seconds', '120']
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    const add = (text: string) => {
      output += text
      // Shows that there is progress.
      process.stdout.write(text)
    }
    child.stdout.setEncoding('utf8').on('data', add)
    child.stderr.setEncoding('utf8').on('data', add)
    child.once('error', reject)
    child.once('close', code => resolve({ code, output }))
  })

describe.runIf(built)(`the recorder${reason}`, () => {
  let out: string
  let report: Report
  let text: string

  beforeAll(async () => {
    out = mkdtempSync(path.join(tmpdir(), 'com-cancel-recorder-'))
    const { code, output } = await record(out)
    if (code !== 0) throw new Error(`record.mjs ended with ${code}:\n${output}`)
    report = JSON.parse(readFileSync(path.join(out, 'report.json'), 'utf8'))
    text = readFileSync(path.join(out, 'report.md'), 'utf8')
  }, 900_000)
  afterAll(() => rmSync(out, { recursive: true, force: true }))

  it('asks each question of recorder_probe.exe, and no other', () => {
    const { stdout } = spawnSync(probe, ['list'], { encoding: 'utf8' })
    const asked = questions.flatMap(each => each.probe?.[0] ?? [])
    expect([...new Set(asked)].sort()).toEqual(stdout.trim().split(/\r?\n/).sort())
  })

  it('has an answer or a reason for each question', () => {
    const ids = [...questions, ...withoutCode()].map(({ id }) => id)
    expect(report.answers.map(({ id }) => id)).toEqual(ids)
    for (const { id, verdict, reason, seen } of report.answers) {
      const answered = verdict === 'failed' || verdict === 'not-asked' ? reason : seen.length > 0
      expect([id, Boolean(answered)]).toEqual([id, true])
    }
  })

  // Where the system is Windows, a difference is news, and the contract is what has to change. Under Wine, some answers
  // cannot agree; each such question says why.
  const expected = questions
    .filter(({ id, wine }) => id !== 'remote' && !(underWine && wine !== undefined))
    .map(({ id, rules }) => ({ id, title: [...rules, id].join(' ') }))
  it.each(expected)('$title agrees with the contract', ({ id }) => {
    const answer = report.answers.find(each => each.id === id)
    const { verdict, seen, differences, reason } = answer ?? {}
    const shown = JSON.stringify({ verdict, reason, differences, seen }, null, 2)
    expect(['agrees', 'open'], shown).toContain(verdict)
  })

  it('records the call, the HRESULT and the time of each observation', () => {
    for (const { seen } of report.answers) {
      for (const { key, call, hresult, hex, ms, value } of seen) {
        const fact = { key: expect.any(String), value: expect.any(String) }
        if (hresult === undefined) expect({ key, value }).toEqual(fact)
        else {
          expect([call, ms]).toEqual([expect.stringMatching(/./), expect.any(Number)])
          expect(hex).toBe(`0x${(hresult >>> 0).toString(16).toUpperCase().padStart(8, '0')}`)
        }
      }
    }
    const twice = report.answers.find(({ id }) => id === 'cancel-twice')
    expect(twice?.seen).toContainEqual({
      key: 'second cancel',
      call: 'ICancelMethodCalls::Cancel(0)',
      hresult: -2147418110,
      hex: '0x80010002',
      name: 'RPC_E_CALL_CANCELED',
      ms: expect.any(Number),
    })
  })

  it('says the same in Markdown', () => {
    for (const { id } of report.answers) expect(text).toContain(`\n## ${id}\n`)
    expect(text).toContain('RPC_E_CALL_CANCELED (0x80010002)')
    expect(text).toContain(report.host.COM)
  })
})
