// @ts-check
// Checks formatting, lint rules, workflows, and the types of tests, scripts and benchmarks.
//
//   node scripts/lint.mjs [--fix]

import { readdirSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { checkNativeRooms } from './lib/native-rooms.mjs'
import { inModules, inProject, isInPath, main, run, ScriptError } from './lib/project.mjs'
import { checkWorkflows } from './lib/workflows.mjs'

main(async () => {
  const { values } = parseArgs({ options: { fix: { type: 'boolean', default: false } } })
  const biome = [
    '@biomejs/biome/bin/biome',
    'check',
    '--error-on-warnings',
    ...(values.fix ? ['--write'] : []),
  ]
  const formatter = isInPath(process.platform === 'win32' ? 'clang-format.exe' : 'clang-format')
  const sources = ['native', 'recorder', 'test/native'].flatMap(folder =>
    readdirSync(inProject(folder), { recursive: true, encoding: 'utf8' })
      .filter(name => /\.(cc|h)$/.test(name))
      .map(name => inProject(folder, name)),
  )

  // All checks run, so that one run shows all problems.
  const failures = [
    attempt(() => run(process.execPath, [inModules(`${biome[0]}`), ...biome.slice(1)])),
    attempt(() => {
      if (!formatter)
        throw new ScriptError('clang-format is missing. On Debian: apt-get install clang-format')
      run('clang-format', [...(values.fix ? ['-i'] : ['--dry-run', '-Werror']), ...sources])
    }),
    checkNativeRooms(inProject('native')),
    await checkWorkflows(inProject('.github/workflows'), inProject('docs/guides')),
    // Rooms import downward only, without circles: see .dependency-cruiser.cjs.
    attempt(() =>
      run(process.execPath, [
        inModules('dependency-cruiser/bin/dependency-cruise.mjs'),
        '--output-type',
        'err',
        'lib',
      ]),
    ),
    // Tests import the built package, so it is built before their types are checked.
    attempt(() => run(process.execPath, [inProject('scripts/build-ts.mjs')])),
    ...['test', 'scripts', 'bench', 'recorder', 'examples'].map(folder =>
      attempt(() => run(process.execPath, [inModules('typescript/bin/tsc'), '-p', inProject(folder)])),
    ),
  ].flat()
  if (failures.length > 0) throw new ScriptError(failures.join('\n'))
})

/** @param {() => void} step @returns {string[]} */
function attempt(step) {
  try {
    step()
    return []
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error
    return [error.message]
  }
}
