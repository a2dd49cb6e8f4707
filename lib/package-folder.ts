// The folder of this package, and whether a bundler has put the code into a file outside it.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Undefined in a bundle of ES modules, which have no __dirname. */
export const packageFolder: string | undefined =
  typeof __dirname === 'string' ? join(__dirname, '..') : undefined

/**
 * Whether this code is in a bundle. There `packageFolder` is a folder of the program, in which node-gyp-build would find
 * addons of the program, or nothing.
 */
export const isBundled = (): boolean => {
  if (packageFolder === undefined) return true
  try {
    const { name } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as {
      name?: unknown
    }
    return name !== 'com-cancel'
  } catch {
    return true
  }
}
