// @ts-check
// Runs clang-tidy on the addon with MinGW-w64's compile commands; .clang-tidy lists the checks.

import { spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { inProject, isInPath, main, root, run, ScriptError } from './lib/project.mjs'

const target = 'x86_64-w64-mingw32'

main(async () => {
  if (process.platform === 'win32')
    throw new ScriptError('clang-tidy runs only where MinGW-w64 compiles the addon (not on Windows).')
  if (!isInPath('clang-tidy')) {
    throw new ScriptError(
      'clang-tidy is missing. On Debian: apt-get install --no-install-recommends clang-tidy',
    )
  }
  run(process.execPath, [inProject('scripts/build-native.mjs')])

  /** @type {{ file: string, command: string }[]} */
  const commands = JSON.parse(readFileSync(inProject('build/compile_commands.json'), 'utf8')).filter(
    // Not those that CMake generates.
    (/** @type {{ file: string }} */ { file }) => !file.startsWith(inProject('build')),
  )
  const compiler = commands[0]?.command.split(' ')[0] ?? ''
  const options = ['--quiet', '-p', inProject('build'), `--extra-arg=--target=${target}`]
  options.push(...standardLibrary(compiler).map(folder => `--extra-arg=-isystem${folder}`))

  const files = commands.map(({ file }) => file)
  let failed = 0
  await Promise.all(
    Array.from({ length: availableParallelism() }, async () => {
      for (let file = files.pop(); file !== undefined; file = files.pop()) {
        if (!(await tidy([...options, file]))) failed++
      }
    }),
  )
  if (failed > 0)
    throw new ScriptError(`clang-tidy reports problems in ${failed} of ${commands.length} files.`)
  console.log(`clang-tidy: ${commands.length} files, no problems`)
})

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
