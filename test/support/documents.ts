// The code in the documents, block by block.
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

const root = path.join(import.meta.dirname, '../..')

/** The documents, as paths from the root of the project. */
export const documents: readonly string[] = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(path.join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .map(file => path.posix.join('docs', file.replaceAll('\\', '/')))
    .filter(file => file.endsWith('.md'))
    .sort(),
]

export const readDocument = (document: string): string => readFileSync(path.join(root, document), 'utf8')

export interface CodeBlock {
  document: string
  /** The line on which the block begins. */
  line: number
  /** Empty for text and for what a shell runs. */
  language: string
  code: string
  /** The file that the first line names: `// report.mjs`. */
  file: string | undefined
}

export const blocksOf = (document: string): CodeBlock[] => {
  const text = readDocument(document)
  return [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(({ index, 1: language = '', 2: code = '' }) => ({
    document,
    line: text.slice(0, index).split('\n').length,
    language,
    code,
    file: /^\/\/ ([\w.-]+\.(?:[cm]?[jt]s))\n/.exec(code)?.[1],
  }))
}
