#!/usr/bin/env node
// @ts-check
// Builds the addon into build/Release: with Visual Studio on Windows, with MinGW-w64 elsewhere.
//
//   node scripts/build-native.mjs [--symbols] [--prime] [rebuild]
//
// --prime builds the test server Prime.Calculator, too, into build/prime, and the tests in C++ into build/units.
// prebuildify calls it as it would call node-gyp; what it adds to the command line is ignored.

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

  if (positionals.includes('rebuild') || configuredElsewhere()) {
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
  // The gate builds with MinGW-w64. A newer Visual Studio may have warnings that nobody has seen yet.
  options.push(`--CDCOM_CANCEL_WARNINGS_AS_ERRORS=${cross ? 'ON' : 'OFF'}`)
  const compilers = cross ? mingwCompilers() : undefined
  if (compilers) {
    // cmake-js insists on a compiler for this machine unless it is told which ones to take.
    options.push('--cc', compilers.c, '--cxx', compilers.cxx)
    options.push(`--CDCMAKE_TOOLCHAIN_FILE=${inProject('scripts/mingw-w64-x86_64.cmake')}`)
  }
  console.log('building the addon')
  const cmakeJs = inModules('cmake-js/bin/cmake-js')
  // Not `compile`: it answers every compiler error with a full rebuild and prints the error twice.
  const configured = spawnSync(process.execPath, [cmakeJs, 'configure', ...options], {
    cwd: root,
    encoding: 'utf8',
  })
  if (configured.status !== 0) {
    throw new ScriptError(`${configured.stdout}${configured.stderr}The addon could not be configured.`)
  }
  run(process.execPath, [cmakeJs, 'build', ...options])
})

/** CMake refuses a build folder that was made for another source folder, such as a copy of this one. */
function configuredElsewhere() {
  try {
    const cache = readFileSync(inProject('build/CMakeCache.txt'), 'utf8')
    return !cache.split(/\r?\n/).includes(`CMAKE_HOME_DIRECTORY:INTERNAL=${root.replaceAll('\\', '/')}`)
  } catch {
    return false
  }
}
