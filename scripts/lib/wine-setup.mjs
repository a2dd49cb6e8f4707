// @ts-check
// Sets up installations of Wine below .wine: the Debian that one is installed in, and prefixes.

import { renameSync, rmSync } from 'node:fs'
import { commandOf, privateMounts } from './hosts.mjs'
import { run } from './project.mjs'
import { runs32BitPrograms } from './runs-32-bit.mjs'
import { once, runLong } from './steps.mjs'
import { wineEnvironment } from './wine.mjs'

/** @typedef {import('./hosts.mjs').Wine} Wine */

/** Runs a program of a Wine without showing its output. @param {Wine} wine @param {string} program @param {string[]} args */
export function wineCommand(wine, program, args) {
  const [command, all] = commandOf(wine, program, args)
  run(command, all, { env: wineEnvironment(wine), stdio: 'ignore' })
}

/** @param {Wine} wine */
export async function setUpWine(wine) {
  await setUpRoot(wine)
  await once(`${wine.name}-prefix`, '5', `creating the prefix of ${wine.title}`, () => {
    rmSync(wine.prefix, { recursive: true, force: true })
    wineCommand(wine, 'wine', ['wineboot', '--init'])
    // In a fresh prefix of Wine 10 the first COM activation hangs unless its server has ended once.
    wineCommand(wine, 'wineserver', ['--wait'])
    // Wine's default is Windows 7, on which Node.js does not run.
    wineCommand(wine, 'wine', ['winecfg', '-v', 'win10'])
    // Node.js asks for the volume of each file that it looks at. Wine asks this service in another process, which takes
    // three times as long as the rest; without it, the number of the volume is 0.
    const volumes = 'HKLM\\System\\CurrentControlSet\\Services\\MountMgr'
    const disabled = ['/v', 'Start', '/t', 'REG_DWORD', '/d', '4', '/f']
    if (!wine.volumes) wineCommand(wine, 'wine', ['reg', 'add', volumes, ...disabled])
    // The prefix is complete on disk when its server has ended.
    wineCommand(wine, 'wineserver', ['--wait'])
  })
}

/** @type {Map<string, Promise<void>>} */
const roots = new Map()

/**
 * Installs the Debian that a Wine runs in, if it does not run in this one. It is mostly downloaded: what else there is to
 * set up need not wait.
 * @param {Wine} wine
 */
export function setUpRoot({ root }) {
  if (!root) return undefined
  const installed = roots.get(root) ?? installDebian(root)
  roots.set(root, installed)
  return installed
}

/** Installs Debian 13, which has Wine 10, into a folder. @param {string} root */
function installDebian(root) {
  const part = `${root}.part`
  return once(
    'wine10-root',
    '1',
    'installing Debian 13 with Wine 10 below .wine (about 3 minutes, 2.5 GB)',
    async () => {
      for (const folder of [part, root]) rmSync(folder, { recursive: true, force: true })
      const [unshare = '', ...options] = privateMounts
      const debootstrap = ['debootstrap', '--variant=minbase', '--include=wine,wine64', 'trixie', part]
      await runLong(unshare, [...options, ...debootstrap])
      const for32Bit = [
        ['dpkg', '--add-architecture', 'i386'],
        ['apt-get', 'update', '-q'],
        ['apt-get', 'install', '-q', '-y', '--no-install-recommends', 'wine32:i386'],
      ]
      const steps = [...(runs32BitPrograms() ? for32Bit : []), ['apt-get', 'clean']]
      for (const step of steps)
        await runLong('chroot', [part, ...step], { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' })
      renameSync(part, root)
    },
  )
}
