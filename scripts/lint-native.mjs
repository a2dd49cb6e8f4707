// @ts-check
// Runs clang-tidy on the addon with MinGW-w64's compile commands, on the files of each room together.
//
//   node scripts/lint-native.mjs [--files]
//
// For x64: the checks that .clang-tidy lists. For ia32: clang's warnings only, with templates parsed as Visual Studio
// does, when they are used. With --files, each file is checked on its own, which takes several times as long: it then
// must include all that it needs, as Visual Studio compiles it.

import { spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { inProject, isInPath, main, root, run, ScriptError } from './lib/project.mjs'
import { compilersOf, missingCompiler, targets } from './lib/targets.mjs'

// What Visual Studio warns of with /W4 and GCC does not: names that hide members of classes, among others.
const likeVisualStudio = ['-fms-extensions', '-Wshadow-all']

/** @type {{ target: import('./lib/targets.mjs').Target, options: string[], compilerOptions: string[] }[]} */
const passes = [
  {
    target: targets.x64,
    // A room is one file that includes its files.
    options: ['--checks=-bugprone-suspicious-include'],
    compilerOptions: likeVisualStudio,
  },
  {
    target: targets.ia32,
    // With one check that depends on the sizes of types: clang-tidy refuses to run without any.
    options: ['--checks=-*,bugprone-misplaced-widening-cast,clang-diagnostic-*'],
    compilerOptions: [...likeVisualStudio, '-fdelayed-template-parsing'],
  },
]

main(async () => {
  if (process.platform === 'win32')
    throw new ScriptError('clang-tidy runs only where MinGW-w64 compiles the addon (not on Windows).')
  if (!isInPath('clang-tidy')) {
    throw new ScriptError(
      'clang-tidy is missing. On Debian: apt-get install --no-install-recommends clang-tidy',
    )
  }
  const { values } = parseArgs({ options: { files: { type: 'boolean' } } })
  const commands = values.files ? 'files' : 'rooms'
  run(process.execPath, [inProject('scripts/build-native.mjs'), '--commands', commands])
  const build = inProject(`build/commands-${commands}`)
  let failed = 0
  let runs = 0
  for (const { target, options, compilerOptions } of passes) {
    const compilers = compilersOf(target)
    if (!compilers) throw new ScriptError(missingCompiler(target))
    const files = filesOf(build)
    runs += files.length
    const args = ['--quiet', '-p', build, ...options]
    for (const option of [
      `--target=${target.triplet}`,
      ...compilerOptions,
      ...standardLibrary(compilers.cxx).map(folder => `-isystem${folder}`),
    ]) {
      args.push(`--extra-arg=${option}`)
    }
    await Promise.all(
      Array.from({ length: availableParallelism() }, async () => {
        for (let file = files.pop(); file !== undefined; file = files.pop()) {
          if (!(await tidy([...args, file]))) failed++
        }
      }),
    )
  }
  if (failed > 0) throw new ScriptError(`clang-tidy reports problems in ${failed} of ${runs} runs.`)
  console.log(`clang-tidy: ${runs} runs, for x64 and ia32, no problems`)
})

/** The project's files, and those that include the files of a room. @param {string} build @returns {string[]} */
function filesOf(build) {
  /** @type {{ file: string }[]} */
  const commands = JSON.parse(readFileSync(path.join(build, 'compile_commands.json'), 'utf8'))
  return commands.map(({ file }) => file).filter(file => !file.startsWith(build) || file.includes('/Unity/'))
}

/** The folders of GCC's C++ headers, which clang does not search. @param {string} compiler */
function standardLibrary(compiler) {
  const { stderr } = spawnSync(compiler, ['-xc++', '-E', '-v', '/dev/null'], { encoding: 'utf8' })
  return stderr.split('\n').flatMap(line => /^ (\S+\/c\+\+(?:\/\S+)?)$/.exec(line)?.[1] ?? [])
}

/** @param {string[]} args @returns {Promise<boolean>} */
function tidy(args) {
  return new Promise((resolve, reject) => {
    const child = spawn('clang-tidy', args, { cwd: root, stdio: ['ignore', 'pipe', 'ignore'] })
    let output = ''
    child.stdout.on('data', data => {
      output += data
    })
    child.on('error', reject)
    child.on('close', code => {
      if (output) console.log(output.trimEnd())
      resolve(code === 0)
    })
  })
}
