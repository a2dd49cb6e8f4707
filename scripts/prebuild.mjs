// @ts-check
// Builds prebuilds/win32-x64, which is published, with prebuildify and cmake-js, and checks that node-gyp-build finds it.

import { spawnSync } from 'node:child_process'
import { readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
// @ts-expect-error it has no types
import prebuildify from 'prebuildify'
import { inModules, inProject, main, root, ScriptError } from './lib/project.mjs'

const platform = 'win32'
const arch = 'x64'

main(async () => {
  rmSync(inProject('prebuilds', `${platform}-${arch}`), { recursive: true, force: true })
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

  for (const runtime of ['node', 'electron']) {
    const found = resolvedBy(runtime)
    if (path.dirname(found) !== inProject('prebuilds', `${platform}-${arch}`)) {
      throw new ScriptError(`node-gyp-build in ${runtime} would load ${found || 'nothing'}`)
    }
  }
  for (const name of readdirSync(inProject('prebuilds'), { recursive: true })) {
    if (path.extname(`${name}`) === '.node') console.log(path.join('prebuilds', `${name}`))
  }
})

/** The file that node-gyp-build resolves on Windows. @param {string} runtime */
function resolvedBy(runtime) {
  const program = `process.stdout.write(require(${JSON.stringify(inModules('node-gyp-build'))}).path(${JSON.stringify(root)}))`
  /** @type {NodeJS.ProcessEnv} */
  const env = { ...process.env, PREBUILDS_ONLY: '1', npm_config_platform: platform, npm_config_arch: arch }
  if (runtime === 'electron') env.ELECTRON_RUN_AS_NODE = '1'
  return spawnSync(process.execPath, ['-e', program], { env, encoding: 'utf8' }).stdout
}
