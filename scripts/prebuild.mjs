// @ts-check
// Builds prebuilds/win32-x64 and win32-ia32, which are published, with prebuildify and cmake-js: the addon and the
// program of host processes. Checks that node-gyp-build finds the addon. Without the compiler for it, win32-ia32 is left
// out; on Windows, only the processor of the Node.js that runs this script is built for.

import { spawnSync } from 'node:child_process'
import { copyFileSync, readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
// @ts-expect-error it has no types
import prebuildify from 'prebuildify'
import { inModules, inProject, main, root, ScriptError } from './lib/project.mjs'
import { compilersOf, hostProgram, targets } from './lib/targets.mjs'

const platform = 'win32'

main(async () => {
  for (const arch of architectures()) await prebuild(arch)
  for (const name of readdirSync(inProject('prebuilds'), { recursive: true })) {
    if (/\.(node|exe)$/.test(`${name}`)) console.log(path.join('prebuilds', `${name}`))
  }
})

function architectures() {
  if (process.platform === 'win32') return [process.arch]
  if (compilersOf(targets.ia32)) return ['x64', 'ia32']
  console.log(`win32-ia32 is left out: ${targets.ia32.aptPackage} is not installed`)
  return ['x64']
}

/** @param {string} arch */
async function prebuild(arch) {
  const folder = inProject('prebuilds', `${platform}-${arch}`)
  rmSync(folder, { recursive: true, force: true })
  await promisify(prebuildify)({
    cwd: root,
    platform,
    arch,
    // Node-API: one file for all versions of Node.js and Electron, so its name has no version tag.
    napi: true,
    nodeGyp: `"${process.execPath}" "${inProject('scripts/build-native.mjs')}"`,
    shell: true,
  }).catch((/** @type {Error} */ error) => {
    throw new ScriptError(error.message)
  })

  // Beside the addon of the same build: both speak the same version of the protocol.
  const release = inProject('build/Release')
  copyFileSync(path.join(release, hostProgram), path.join(folder, hostProgram))
  // A later build for x64 would take the programs of another processor for its own.
  if (process.platform !== 'win32' && arch !== 'x64') rmSync(release, { recursive: true })

  for (const runtime of ['node', 'electron']) {
    const found = resolvedBy(runtime, arch)
    if (path.dirname(found) !== folder) {
      throw new ScriptError(`node-gyp-build in ${runtime}, ${arch}, would load ${found || 'nothing'}`)
    }
  }
}

/** The file that node-gyp-build resolves on Windows. @param {string} runtime @param {string} arch */
function resolvedBy(runtime, arch) {
  const program = `process.stdout.write(require(${JSON.stringify(inModules('node-gyp-build'))}).path(${JSON.stringify(root)}))`
  /** @type {NodeJS.ProcessEnv} */
  const env = { ...process.env, PREBUILDS_ONLY: '1', npm_config_platform: platform, npm_config_arch: arch }
  if (runtime === 'electron') env.ELECTRON_RUN_AS_NODE = '1'
  return spawnSync(process.execPath, ['-e', program], { env, encoding: 'utf8' }).stdout
}
