// @ts-check
// koffi, a foreign function interface: the peer of the benchmarks, and the other package that blocks in the tests.

import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { inProject, npm } from './project.mjs'

/** Where a project has it; outside the project's own packages, to keep npm ci small. */
const place = 'node_modules/.cache/com-cancel-bench'

/** Installs it for Windows, unless it is there. Returns its folder. @param {string} project the project's folder, or its copy */
export function installPeer(project) {
  const folder = path.join(project, place)
  const files = ['package.json', 'package-lock.json']
  const upToDate = files.every(file => {
    const copy = path.join(folder, file)
    return existsSync(copy) && readFileSync(copy).equals(readFileSync(inProject('bench/peer', file)))
  })
  if (upToDate && existsSync(path.join(folder, 'node_modules'))) return folder
  mkdirSync(folder, { recursive: true })
  for (const file of files) copyFileSync(inProject('bench/peer', file), path.join(folder, file))
  const target = ['--os=win32', `--cpu=${process.platform === 'win32' ? process.arch : 'x64'}`]
  npm(['ci', '--silent', ...target, '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder })
  return folder
}
