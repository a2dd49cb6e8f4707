// @ts-check
// Builds prebuilds/win32-x64, win32-ia32 and win32-arm64, which are published, with prebuildify and cmake-js: the addon
// and the program of host processes. Checks that node-gyp-build finds the addon.
//
//   node scripts/prebuild.mjs [--arch x64[,ia32[,arm64]]]
//
// By default all three; on Windows, the processor of the Node.js that runs this script. Without the compiler for it,
// win32-ia32 is left out.

import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { parseArgs, promisify } from 'node:util'
// @ts-expect-error it has no types
import prebuildify from 'prebuildify'
import { inModules, inProject, main, root, ScriptError } from './lib/project.mjs'
import { compilersOf, hostProgram, prebuiltAddon, targets } from './lib/targets.mjs'

const platform = 'win32'

main(async () => {
  const { values } = parseArgs({ options: { arch: { type: 'string' } } })
  for (const arch of architectures(values.arch)) {
    const folder = await prebuild(arch)
    for (const name of readdirSync(folder)) console.log(path.relative(root, path.join(folder, name)))
  }
})

/** @param {string | undefined} asked */
function architectures(asked) {
  const all = Object.keys(targets)
  if (asked !== undefined) {
    const list = asked.split(',')
    const unknown = list.find(arch => !all.includes(arch))
    if (unknown === undefined) return list
    throw new ScriptError(`--arch takes ${all.join(', ')}, separated by commas, not ${unknown || 'nothing'}.`)
  }
  if (process.platform === 'win32') return [process.arch]
  if (compilersOf(targets.ia32)) return all
  console.log(`win32-ia32 is left out: ${targets.ia32.aptPackage} is not installed`)
  return all.filter(arch => arch !== 'ia32')
}

/** @param {string} arch @returns {Promise<string>} the folder of the prebuild */
async function prebuild(arch) {
  const folder = inProject('prebuilds', `${platform}-${arch}`)
  // prebuildify takes what it finds in build/Release below this folder: each processor has a folder of its own, so that
  // several can be built at once.
  const stage = inModules(`.cache/com-cancel/prebuild-${arch}`)
  for (const old of [folder, stage]) rmSync(old, { recursive: true, force: true })
  mkdirSync(stage, { recursive: true })
  const builder = inProject('scripts/build-native.mjs')
  await promisify(prebuildify)({
    cwd: stage,
    out: root,
    name: path.basename(prebuiltAddon, '.node'),
    platform,
    arch,
    napi: true,
    nodeGyp: `"${process.execPath}" "${builder}" --arch ${arch}`,
    shell: true,
  }).catch((/** @type {Error} */ error) => {
    throw new ScriptError(error.message)
  })
  // Beside the addon of the same build: both speak the same version of the protocol.
  copyFileSync(path.join(stage, 'build/Release', hostProgram), path.join(folder, hostProgram))
  rmSync(stage, { recursive: true })

  for (const runtime of ['node', 'electron']) {
    const found = resolvedBy(runtime, arch)
    if (path.dirname(found) !== folder) {
      throw new ScriptError(`node-gyp-build in ${runtime}, ${arch}, would load ${found || 'nothing'}`)
    }
  }
  return folder
}

/** The file that node-gyp-build resolves on Windows. @param {string} runtime @param {string} arch */
function resolvedBy(runtime, arch) {
  const program = `process.stdout.write(require(${JSON.stringify(inModules('node-gyp-build'))}).path(${JSON.stringify(root)}))`
  /** @type {NodeJS.ProcessEnv} */
  const env = { ...process.env, PREBUILDS_ONLY: '1', npm_config_platform: platform, npm_config_arch: arch }
  if (runtime === 'electron') env.ELECTRON_RUN_AS_NODE = '1'
  return spawnSync(process.execPath, ['-e', program], { env, encoding: 'utf8' }).stdout
}
