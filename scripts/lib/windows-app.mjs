// @ts-check
// The copy of the project that Windows programs see.

import { randomUUID } from 'node:crypto'
import { copyFileSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs'
import path from 'node:path'
import { inProject } from './project.mjs'

/** The folder of the copy. Its node_modules are those for Windows. */
export const app = inProject('.wine/app')

/** The Windows path of a file of this machine under Wine. @param {string} file */
export const windowsPath = file => `Z:${file.replaceAll('/', '\\')}`

// The parts of the project that are copied for Windows programs, which need other node_modules.
const mirrored = [
  'dist',
  'test',
  'bench',
  'examples',
  'recorder',
  'build/recorder',
  'build/Release',
  'build/units',
  'build/win32-ia32',
  'include',
  'prebuilds',
  'package.json',
  'binding.d.ts',
  'vitest.config.mts',
]

/** Updates the copy of the project. */
export function mirrorProject() {
  for (const name of mirrored) mirror(inProject(name), path.join(app, name))
}

/** Makes a file or folder equal to another; writes only what differs. @param {string} from @param {string} to */
export function mirror(from, to) {
  const source = statSync(from, { throwIfNoEntry: false })
  const target = statSync(to, { throwIfNoEntry: false })
  if (target && source?.isDirectory() !== target.isDirectory()) rmSync(to, { recursive: true })
  if (!source) return
  if (source.isDirectory()) {
    mkdirSync(to, { recursive: true })
    for (const name of new Set([...readdirSync(from), ...readdirSync(to)]))
      mirror(path.join(from, name), path.join(to, name))
  } else if (source.size !== target?.size || Math.abs(source.mtimeMs - target.mtimeMs) > 1) {
    // Another run may read the file, so it is written under a temporary name and renamed.
    const part = inProject('.wine/output', `${randomUUID()}.part`)
    mkdirSync(path.dirname(part), { recursive: true })
    mkdirSync(path.dirname(to), { recursive: true })
    copyFileSync(from, part)
    utimesSync(part, source.atime, source.mtime)
    renameSync(part, to)
  }
}
