// The file of the addon that this process loads: where it is, who compiled it, and what it is built for.
import { closeSync, openSync, readdirSync, readSync } from 'node:fs'
import path from 'node:path'
import { unpackedFile } from '../load'

const root = path.join(__dirname, '..', '..')

export interface AddonFile {
  path: string
  origin: 'prebuilt' | 'compiled here' | 'named by COM_CANCEL_PREBUILD' | 'beside the executable'
  /** The processor it is built for; undefined for a file that is no DLL of Windows. */
  architecture: string | undefined
}

/** IMAGE_FILE_MACHINE_ of a PE file. */
const machines: Readonly<Record<number, string>> = { 34404: 'x64', 332: 'ia32', 43620: 'arm64' }

/** The processor that a PE file is built for. */
const architectureOf = (file: string): string | undefined => {
  const handle = openSync(file, 'r')
  try {
    const head = Buffer.alloc(4096)
    const length = readSync(handle, head, 0, head.length, 0)
    if (length < 0x40 || head.toString('latin1', 0, 2) !== 'MZ') return undefined
    const start = head.readUInt32LE(0x3c)
    return start + 6 <= length ? machines[head.readUInt16LE(start + 4)] : undefined
  } finally {
    closeSync(handle)
  }
}

const isBelow = (file: string, folder: string): boolean => !path.relative(folder, file).startsWith('..')

const originOf = (file: string): AddonFile['origin'] => {
  if (process.env.COM_CANCEL_PREBUILD) return 'named by COM_CANCEL_PREBUILD'
  if (isBelow(file, path.join(root, 'build'))) return 'compiled here'
  return isBelow(file, path.join(root, 'prebuilds')) ? 'prebuilt' : 'beside the executable'
}

/** The file of the addon for this process. Throws Error when there is none. */
export const addonFile = (): AddonFile => {
  const found = unpackedFile((require('node-gyp-build') as { path(folder: string): string }).path(root))
  return { path: found, origin: originOf(found), architecture: architectureOf(found) }
}

/** The folder of the prebuilt addons, and those that are there (`win32-x64`). */
export const prebuilds = (): { folder: string; targets: string[] } => {
  const folder = path.join(process.env.COM_CANCEL_PREBUILD || root, 'prebuilds')
  try {
    return { folder, targets: readdirSync(folder) }
  } catch {
    return { folder, targets: [] }
  }
}
