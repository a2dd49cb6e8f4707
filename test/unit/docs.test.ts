// The documents: links and paths lead to files, and each rule that is cited is in docs/contract.md.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { HResult } from '../../lib/errors/hresult'
import { adviceOn, adviceOnCall } from '../../lib/errors/hresult-advice'
import { documents } from '../support/documents'

const root = path.join(import.meta.dirname, '../..')
const read = (file: string) => readFileSync(path.join(root, file), 'utf8')
const filesOf = (folder: string, pattern: RegExp) =>
  readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .map(file => path.posix.join(folder, file.replaceAll('\\', '/')))
    .filter(file => pattern.test(file))

/** GitHub's anchor of a heading. */
const slug = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\- ]/gu, '')
    .replaceAll(' ', '-')

const anchorsIn = (text: string) => [
  ...[...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => slug(heading)),
  ...[...text.matchAll(/<a id="([^"]+)">/g)].map(([, id = '']) => id),
]

describe.each(documents)('%s', document => {
  const text = read(document)

  it('links to files and anchors that exist', () => {
    const broken = [...text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g)]
      .filter(([, file = '', anchor]) => {
        const target = file === '' ? document : path.posix.join(path.posix.dirname(document), file)
        if (!existsSync(path.join(root, target))) return true
        return anchor !== undefined && !anchorsIn(read(target)).includes(anchor)
      })
      .map(([link]) => link)
    expect(broken).toEqual([])
  })

  it('names files and folders that exist', () => {
    const room = /`((?:lib|native|test|scripts|bench|docs|examples|recorder)\/[\w./-]*)`/g
    const paths = [...text.matchAll(room)].map(([, named = '']) => named)
    expect(paths.filter(named => !existsSync(path.join(root, named)))).toEqual([])
  })
})

it('docs/contract.md has each rule that code and test titles cite', () => {
  const rules = anchorsIn(read('docs/contract.md'))
  const sources = [
    'binding.d.ts',
    ...['lib', 'native', 'test'].flatMap(folder => filesOf(folder, /\.(ts|cjs|mjs|cc|h)$/)),
  ]
  const unknown = sources.flatMap(file =>
    [...read(file).matchAll(/(?<![\w#'"{-])[EOCSAMWH]\d{1,2}\b(?![\w'"-]|\.\d)/g)]
      .map(([rule]) => rule)
      .filter(rule => !rules.includes(rule.toLowerCase()))
      .map(rule => `${file}: ${rule}`),
  )
  expect(unknown).toEqual([])
})

it('docs/troubleshooting.md has the advice for each HRESULT', () => {
  const rows = Object.entries(HResult).flatMap(([name, hresult]) => {
    const [call, other] = [adviceOnCall(hresult), adviceOn(hresult)]
    if (call === '' && other === '') return []
    const number = (hresult >>> 0).toString(16).padStart(8, '0')
    return [`| ${name} | 0x${number} | ${call} | ${other === call ? '' : other} |`.replace('|  |', '| |')]
  })
  const page = read('docs/troubleshooting.md')
  expect(page.slice(page.indexOf('| code | number |')).trimEnd().split('\n').slice(2)).toEqual(rows)
})
