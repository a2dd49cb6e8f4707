// @ts-check
// The processors that the addon is cross-compiled for, and the compilers: MinGW-w64, and zig's clang for ARM64.

import { cpSync, existsSync } from 'node:fs'
import path from 'node:path'
import { findInPath, inProject } from './project.mjs'

/**
 * @typedef {object} Target
 * @property {string} triplet precedes the names of the tools
 * @property {string} toolchain the toolchain file
 * @property {string} [aptPackage] Debian's package of the compiler, if it has one
 * @property {string} build the folder of the build tree
 * @property {number} machine IMAGE_FILE_MACHINE_… in the header of its binaries
 */

/** By Node's names of processors. @satisfies {Record<string, Target>} */
export const targets = {
  x64: {
    triplet: 'x86_64-w64-mingw32',
    toolchain: inProject('scripts/mingw-w64-x86_64.cmake'),
    aptPackage: 'g++-mingw-w64-x86-64-posix',
    build: inProject('build'),
    machine: 0x8664,
  },
  ia32: {
    triplet: 'i686-w64-mingw32',
    toolchain: inProject('scripts/mingw-w64-i686.cmake'),
    aptPackage: 'g++-mingw-w64-i686-posix',
    build: inProject('build/ia32'),
    machine: 0x14c,
  },
  arm64: {
    triplet: 'aarch64-windows-gnu',
    toolchain: inProject('scripts/zig-aarch64.cmake'),
    // Not in build, which a rebuild for x64 removes: the gate runs both at once.
    build: inProject('.wine/arm64'),
    machine: 0xaa64,
  },
}

/** @param {string} arch @returns {Target | undefined} */
export const targetOf = arch => Object.entries(targets).find(([name]) => name === arch)?.[1]

/** The addon of a prebuild. The name has no tag of a version: Node-API is the same in all of Node.js and Electron. */
export const prebuiltAddon = 'com-cancel.node'

/** The program of host processes. */
export const hostProgram = 'com-cancel-host.exe'

/** The folder, beside that of an addon, in which it looks for the host program of a processor. @param {string} arch */
export const hostFolder = arch => `win32-${arch}`

/** Copies the host programs that have been built to where the addons of the other processors look for them. */
export function shareHostPrograms() {
  for (const [arch, { build }] of Object.entries(targets)) {
    const program = path.join(build, 'Release', hostProgram)
    if (!existsSync(program)) continue
    for (const other of Object.values(targets)) {
      if (other.build !== build && existsSync(path.join(other.build, 'Release')))
        cpSync(program, path.join(other.build, hostFolder(arch), hostProgram), { preserveTimestamps: true })
    }
  }
}

/**
 * The compilers. Debian's variant with C++11 threads has the suffix "-posix"; a single variant has no suffix.
 * @param {Target} target
 */
export function compilersOf({ triplet, aptPackage }) {
  if (!aptPackage) return { c: inProject('.wine/zig/bin/cc'), cxx: inProject('.wine/zig/bin/c++') }
  for (const suffix of ['-posix', '']) {
    const [c, cxx] = ['gcc', 'g++'].map(name => findInPath(`${triplet}-${name}${suffix}`))
    if (c && cxx) return { c, cxx }
  }
  return undefined
}

/** @param {Target} target */
export const missingCompiler = ({ aptPackage }) =>
  `The compiler is missing. On Debian: apt-get install --no-install-recommends ${aptPackage}`
