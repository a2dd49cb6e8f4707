#!/usr/bin/env node
// @ts-check
// Builds the addon into build/Release: with Visual Studio on Windows, with MinGW-w64 on other systems.
//
//   node scripts/build-native.mjs [--symbols] [--prime] [rebuild]
//
// --prime also builds the test server Prime.Calculator into build/prime and the C++ tests into build/units.
// prebuildify calls this script instead of node-gyp; its further arguments are ignored.

import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { inModules, inProject, main, root, run, ScriptError } from './lib/project.mjs'
import { mingwCompilers, missingForBuild } from './lib/wine.mjs'

main(() => {
  const { values, positionals } = parseArgs({
    strict: false,
    options: { symbols: { type: 'boolean' }, prime: { type: 'boolean' }, arch: { type: 'string' } },
  })
  const missing = missingForBuild()
  if (missing) throw new ScriptError(missing)

  const cross = process.platform !== 'win32'
  const arch = values.arch ?? (cross ? 'x64' : process.arch)
  if (cross && arch !== 'x64') throw new ScriptError(`Only x64 can be cross-compiled, not ${arch}.`)

  if (positionals.includes('rebuild') || configuredForOtherFolder()) {
    rmSync(inProject('build'), { recursive: true, force: true })
  }
  const options = [
    '--log-level',
    'warn',
    '--arch',
    `${arch}`,
    '--config',
    values.symbols ? 'RelWithDebInfo' : 'Release',
  ]
  options.push(`--CDCOM_CANCEL_PRIME=${values.prime ? 'ON' : 'OFF'}`)
  // The gate builds with MinGW-w64. Other versions of Visual Studio may have other warnings.
  options.push(`--CDCOM_CANCEL_WARNINGS_AS_ERRORS=${cross ? 'ON' : 'OFF'}`)
  const compilers = cross ? mingwCompilers() : undefined
  if (compilers) {
    // Without these options cmake-js requires a compiler for this machine.
    options.push('--cc', compilers.c, '--cxx', compilers.cxx)
    options.push(`--CDCMAKE_TOOLCHAIN_FILE=${inProject('scripts/mingw-w64-x86_64.cmake')}`)
  }
  console.log('building the addon')
  const cmakeJs = inModules('cmake-js/bin/cmake-js')
  // Not `compile`: after a compiler error it rebuilds everything and prints the error twice.
  const configured = spawnSync(process.execPath, [cmakeJs, 'configure', ...options], {
    cwd: root,
    encoding: 'utf8',
  })
  if (configured.status !== 0) {
    throw new ScriptError(`${configured.stdout}${configured.stderr}The addon could not be configured.`)
  }
  run(process.execPath, [cmakeJs, 'build', ...options])
})

/** Whether the build folder was configured for another source folder, which CMake refuses. */
function configuredForOtherFolder() {
  try {
    const cache = readFileSync(inProject('build/CMakeCache.txt'), 'utf8')
    return !cache.split(/\r?\n/).includes(`CMAKE_HOME_DIRECTORY:INTERNAL=${root.replaceAll('\\', '/')}`)
  } catch {
    return false
  }
}
