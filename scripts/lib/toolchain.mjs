// @ts-check
// The tools that build the addon and run it under Wine: where they are, and how to install what is missing.

import { isInPath } from './project.mjs'
import { compilersOf, targets } from './targets.mjs'

const aptPackages = {
  build: ['cmake', 'ninja-build', 'g++-mingw-w64-x86-64-posix'],
  wine: ['wine', 'wine64'],
}

const canBuild = () =>
  isInPath('cmake') && (isInPath('ninja') || isInPath('make')) && compilersOf(targets.x64) !== undefined

/** @param {...string} packages */
export const aptCommand = (...packages) => `apt-get install --no-install-recommends ${packages.join(' ')}`

/** What is missing to build the addon, or undefined. On Windows, CMake reports it. */
export function missingForBuild() {
  if (process.platform === 'win32' || canBuild()) return undefined
  return `The addon needs CMake and MinGW-w64. On Debian: ${aptCommand(...aptPackages.build)}`
}

/** What is missing to build the addon and run it under Wine, or undefined. */
export function missingForWine() {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return `The addon runs on Windows, and under Wine on 64-bit Linux; this is ${process.platform}-${process.arch}.`
  }
  if (canBuild() && isInPath('wine')) return undefined
  const needed = aptCommand(...aptPackages.build, ...aptPackages.wine)
  return `The addon needs CMake, MinGW-w64 and Wine. On Debian: ${needed}`
}
