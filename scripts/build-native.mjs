#!/usr/bin/env node
// @ts-check
// Builds the addon and com-cancel-host.exe into build/Release: with Visual Studio on Windows, with MinGW-w64 on other
// systems.
//
//   node scripts/build-native.mjs [--arch x64|ia32|arm64] [--symbols] [--prime] [--commands files|rooms] [rebuild]
//
// --prime also builds the test server Prime.Calculator into build/prime and the C++ tests into build/units. MinGW-w64
// builds for ia32 in build/ia32 instead of build, and each addon gets the host programs of the other processors that
// have been built. --commands builds nothing: it writes the commands that compile each file on its own, or the files of
// each room together, into build/commands-files or build/commands-rooms, for clang-tidy. prebuildify calls this script
// instead of node-gyp, with `rebuild`, and takes the addon from build/Release; its further arguments are ignored.

import { spawnSync } from 'node:child_process'
import { cpSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { inModules, inProject, main, root, run, ScriptError } from './lib/project.mjs'
import { compilersOf, missingCompiler, shareHostPrograms, targetOf, targets } from './lib/targets.mjs'
import { missingForBuild } from './lib/toolchain.mjs'
import { installZig } from './lib/zig.mjs'

main(async () => {
  const { values, positionals } = parseArgs({
    strict: false,
    options: {
      symbols: { type: 'boolean' },
      prime: { type: 'boolean' },
      commands: { type: 'string' },
      arch: { type: 'string' },
    },
  })
  const missing = missingForBuild()
  if (missing) throw new ScriptError(missing)

  const cross = process.platform !== 'win32'
  const arch = `${values.arch ?? (cross ? 'x64' : process.arch)}`
  const target = cross ? targetOf(arch) : undefined
  if (cross && !target)
    throw new ScriptError(`The addon can be built for ${Object.keys(targets).join(', ')}, not for ${arch}.`)
  if (arch === 'arm64' && cross) await installZig()
  const compilers = target && compilersOf(target)
  if (target && !compilers) throw new ScriptError(missingCompiler(target))

  const build = path.join(
    target?.build ?? inProject('build'),
    values.commands ? `commands-${values.commands}` : '',
  )
  const rebuild = positionals.includes('rebuild')
  if (rebuild || configuredForOtherFolder(build)) rmSync(build, { recursive: true, force: true })
  const options = [
    '--log-level',
    'warn',
    '--arch',
    arch,
    '--out',
    build,
    '--config',
    values.symbols ? 'RelWithDebInfo' : 'Release',
  ]
  options.push(`--CDCOM_CANCEL_PRIME=${values.prime ? 'ON' : 'OFF'}`)
  // The gate builds with MinGW-w64. Other versions of Visual Studio may have other warnings.
  options.push(`--CDCOM_CANCEL_WARNINGS_AS_ERRORS=${cross ? 'ON' : 'OFF'}`)
  // Not with Visual Studio, with which it was not tried.
  options.push(`--CDCOM_CANCEL_UNITY=${cross && values.commands !== 'files' ? 'ON' : 'OFF'}`)
  if (target && compilers) {
    // Without these options cmake-js requires a compiler for this machine.
    options.push('--cc', compilers.c, '--cxx', compilers.cxx)
    options.push(`--CDCMAKE_TOOLCHAIN_FILE=${target.toolchain}`)
  }
  if (!values.commands) console.log('building the addon')
  const cmakeJs = inModules('cmake-js/bin/cmake-js')
  // Not `compile`: after a compiler error it rebuilds everything and prints the error twice.
  const configured = spawnSync(process.execPath, [cmakeJs, 'configure', ...options], {
    cwd: root,
    encoding: 'utf8',
  })
  if (configured.status !== 0) {
    throw new ScriptError(`${configured.stdout}${configured.stderr}The addon could not be configured.`)
  }
  if (values.commands) return
  run(process.execPath, [cmakeJs, 'build', ...options])
  if (cross) shareHostPrograms()

  const prebuildifyLooksIn = path.resolve('build/Release')
  const built = path.join(build, 'Release')
  if (rebuild && built !== prebuildifyLooksIn) cpSync(built, prebuildifyLooksIn, { recursive: true })
})

/** Whether a build folder was configured for another source folder, which CMake refuses. @param {string} build */
function configuredForOtherFolder(build) {
  try {
    const cache = readFileSync(path.join(build, 'CMakeCache.txt'), 'utf8')
    return !cache.split(/\r?\n/).includes(`CMAKE_HOME_DIRECTORY:INTERNAL=${root.replaceAll('\\', '/')}`)
  } catch {
    return false
  }
}
