// The version of the package.
import { readFileSync } from 'node:fs'
import path from 'node:path'

export const version = (): string => {
  const manifest: { version: string } = JSON.parse(
    readFileSync(path.join(__dirname, '..', '..', 'package.json'), 'utf8'),
  )
  return manifest.version
}
