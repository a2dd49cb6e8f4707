// The files of the demo.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DOMParser } from '@xmldom/xmldom'
import type { ChromeTrace } from 'com-cancel'
import { afterAll, expect, it } from 'vitest'
import { run } from '../support/command'

const folder = mkdtempSync(path.join(tmpdir(), 'com-cancel-'))

afterAll(() => rmSync(folder, { recursive: true }))

it('writes a picture and a trace of what it shows', async () => {
  const [svg, trace] = [path.join(folder, 'a b.svg'), path.join(folder, 'trace.json')]
  const { stdout, stderr, code } = await run(['demo', '--svg', svg, '--trace', trace])
  expect([stderr, code]).toEqual(['', 0])
  expect(stdout).toContain(`the picture is in ${svg}\nthe trace is in ${trace}\n`)
  const root = new DOMParser().parseFromString(readFileSync(svg, 'utf8'), 'image/svg+xml')
  expect(root.getElementsByTagName('desc')[0]?.textContent).toMatch(
    /^2 threads · 3 calls \(1 completed, 2 canceled\) · /,
  )
  const { traceEvents }: ChromeTrace = JSON.parse(readFileSync(trace, 'utf8'))
  expect(
    traceEvents.filter(({ ph, cat }) => ph === 'X' && cat === 'call').map(({ args }) => args?.outcome),
  ).toEqual(['canceled', 'completed', 'canceled'])
})

it('names the file that can not be written, before it begins', async () => {
  const { stdout, stderr, code } = await run(['demo', '--trace', path.join(folder, 'no', 'such', 'folder')])
  expect([stdout, code]).toEqual(['', 2])
  expect(stderr).toMatch(/^com-cancel: --trace: .* cannot be written: ENOENT/)
})
