// @ts-check
// Runs when the package is installed (`install` in package.json). Does nothing where Windows is not the system, and
// where node-gyp-build finds an addon, which the package brings for each processor of Windows. Else it compiles the
// addon with the cmake-js of the project that installs the package. It fetches nothing, and uses only modules of Node.js
// and of the package's dependencies.

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const require = createRequire(import.meta.url)

// A clone has the script that builds the addon; its developers run that.
const isClone = existsSync(path.join(root, 'scripts/build-native.mjs'))

if (process.platform === 'win32' && !isClone && (isAskedFor() || !isThere())) compile()

/** Whether npm was called with --build-from-source, or with --build-from-source=com-cancel. */
function isAskedFor() {
  return ['true', 'com-cancel'].includes(process.env.npm_config_build_from_source ?? '')
}

function isThere() {
  try {
    require('node-gyp-build').path(root)
    return true
  } catch {
    return false
  }
}

function compile() {
  const tools = ['cmake-js/package.json', 'node-addon-api/package.json'].map(find)
  if (tools.includes(undefined)) {
    fail(
      `The package has no addon for ${process.platform}-${process.arch}, and compiling it needs cmake-js and node-addon-api.`,
    )
  }
  console.log('com-cancel: compiling the addon')
  // With the build folder's default name, in which node-gyp-build looks first.
  const options = ['--log-level', 'warn', '--arch', process.arch, '--config', 'Release']
  const cmakeJs = path.join(path.dirname(`${tools[0]}`), 'bin/cmake-js')
  const { status } = spawnSync(process.execPath, [cmakeJs, 'compile', ...options], {
    cwd: root,
    stdio: 'inherit',
  })
  if (status !== 0 || !isThere()) fail('The addon was not compiled.')
}

/** The path of a file of a module of the project, or undefined. @param {string} file */
function find(file) {
  try {
    return require.resolve(file)
  } catch {
    return undefined
  }
}

/** @param {string} why @returns {never} */
function fail(why) {
  console.error(
    `com-cancel: ${why}\n` +
      'To compile it, install CMake and the C++ tools of Visual Studio, and run\n' +
      '  npm install --save-dev cmake-js node-addon-api\n' +
      '  npm rebuild com-cancel\n' +
      'To use the emulator alone, install with --ignore-scripts and set COM_CANCEL_BACKEND=emulator.',
  )
  process.exit(1)
}
