// Runs JavaScript that decides by the system as it would on Windows: a module that `node --require` loads first.
import { writeFileSync } from 'node:fs'
import path from 'node:path'

/** Writes the module into a folder; returns the arguments of node that load it. */
export const asOnWindows = (folder: string): string[] => {
  const file = path.join(folder, 'as-on-windows.cjs')
  writeFileSync(file, "Object.defineProperty(process, 'platform', { value: 'win32' })\n")
  return ['--require', file]
}
