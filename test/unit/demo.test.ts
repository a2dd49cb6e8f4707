// The files of the demo, and the errors of the command's options.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DOMParser } from '@xmldom/xmldom'
import type { ChromeTrace } from 'com-cancel'
import { afterAll, expect, it } from 'vitest'

const command = path.join(import.meta.dirname, '../../dist/cli/main.js')
const folder = mkdtempSync(path.join(tmpdir(), 'com-cancel-'))

afterAll(() => rmSync(folder, { recursive: true }))

const run = (...args: string[]) =>
  spawnSync(process.execPath, [command, ...args], { encoding: 'utf8', timeout: 120_000 })

it('writes a picture and a trace of what it shows', () => {
  const [svg, trace] = [path.join(folder, 'a b.svg'), path.join(folder, 'trace.json')]
  const { stdout, stderr, status } = run('demo', '--svg', svg, '--trace', trace)
  expect([stderr, status]).toEqual(['', 0])
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

it('names the file that can not be written', () => {
  const { stderr, status } = run('demo', '--trace', path.join(folder, 'no', 'such', 'folder'))
  expect(status).toBe(2)
  expect(stderr).toMatch(/^com-cancel: --trace: .* cannot be written: ENOENT/)
})

it.each([
  [['demo', '--svg'], "Option '--svg <value>' argument missing"],
  [['demo', '--trace='], '--trace must be followed by the name of a file'],
  [['info', '--svg', 'x'], '--svg is an option of demo only'],
  [['demo', '--png', 'x'], "Unknown option '--png'"],
])('refuses %j', (args, text) => {
  const { stdout, stderr, status } = run(...args)
  expect([stdout, status]).toEqual(['', 2])
  expect(stderr).toContain(text)
  expect(stderr).toContain('Usage: com-cancel')
})
