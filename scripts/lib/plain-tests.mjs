// @ts-check
// Tests for hosts in which vitest does not run: a copy of the project with its tests compiled.

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { transformSync } from '@swc/core'
import { inProject } from './project.mjs'
import { targets } from './targets.mjs'
import { app, mirror } from './windows-app.mjs'

/** The parts of the project that the tests use, besides what is built for one processor. */
const copied = ['dist', 'examples', 'package.json', 'binding.d.ts']
const built = ['Release', 'units', 'win32-x64', 'win32-ia32']

/**
 * Makes the copy for a processor and returns its folder, which is inside the app's, so that it has the app's packages.
 * @param {keyof typeof targets} arch
 */
export function preparePlainTests(arch) {
  const folder = path.join(app, `plain-${arch}`)
  for (const name of copied) mirror(inProject(name), path.join(folder, name))
  for (const name of built) mirror(path.join(targets[arch].build, name), path.join(folder, 'build', name))
  compileTests(path.join(folder, 'test'))
  return folder
}

/** Compiles test/ into a folder. Other files are copied. @param {string} folder */
function compileTests(folder) {
  rmSync(folder, { recursive: true, force: true })
  const stand = path.join(folder, 'plain/vitest.mjs')
  for (const name of readdirSync(inProject('test'), { recursive: true, encoding: 'utf8' })) {
    if (!/\.(ts|cjs|mjs)$/.test(name)) continue
    const source = readFileSync(inProject('test', name), 'utf8')
    const target = path.join(folder, name.replace(/\.ts$/, '.mjs'))
    mkdirSync(path.dirname(target), { recursive: true })
    if (!name.endsWith('.ts')) {
      writeFileSync(target, source)
      continue
    }
    const { code } = transformSync(source, {
      filename: name,
      swcrc: false,
      jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
      module: { type: 'es6' },
    })
    const vitest = relativeImport(path.relative(path.dirname(target), stand))
    writeFileSync(
      target,
      code
        .replaceAll(/(from|import\() ?(['"])(\.\.?\/[^'"]+)\2/g, (all, keyword, quote, file) =>
          ['.js', '.mjs'].includes(path.extname(file)) ? all : `${keyword} ${quote}${file}.mjs${quote}`,
        )
        .replaceAll(/from (['"])vitest\1/g, `from '${vitest}'`),
    )
  }
}

/** @param {string} file */
const relativeImport = file => (file.startsWith('.') ? file : `./${file}`)
