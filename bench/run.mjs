// @ts-check
// What `npm run bench` runs: the addon in node.exe (under Wine where this is no Windows) and the emulator, one table.
//
//   node bench/run.mjs [--only native|emulator]

import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { inProject, main, npm, run, ScriptError } from '../scripts/lib/project.mjs'
import { executables, missingForWine, prepareWine, runInWine, windowsPath } from '../scripts/lib/wine.mjs'

const onWindows = process.platform === 'win32'
const peer = inProject('node_modules/.cache/com-cancel-bench')
const prime = inProject('build/prime')

main(async () => {
  const { values } = parseArgs({ options: { only: { type: 'string' } } })
  if (values.only !== undefined && values.only !== 'native' && values.only !== 'emulator')
    throw new ScriptError(`--only takes native or emulator, not ${values.only}.`)
  console.log(
    'Each value is ours to theirs, measured in turn in one run: below 1 is faster or less. unclear: the machine',
  )
  console.log(
    'alone, as the lines "for scale" show it, is beyond the aim; run it again while nothing else runs.\n',
  )
  if (values.only !== 'emulator') await native()
  if (values.only !== 'native') {
    here('bench/emulator.mjs', { COM_CANCEL_BACKEND: 'emulator' })
    here('bench/workers.mjs', { COM_CANCEL_BACKEND: 'emulator' })
  }
})

async function native() {
  if (onWindows) {
    run(process.execPath, [inProject('scripts/build-native.mjs'), '--prime'])
    run(path.join(prime, 'prime_server.exe'), ['-register'])
    installPeer()
    here('bench/native.mjs', { COM_CANCEL_BACKEND: 'native', COM_CANCEL_BENCH_PEER: peer })
    here('bench/com.mjs', { COM_CANCEL_BACKEND: 'native', COM_CANCEL_PRIME: prime })
    return
  }
  const missing = missingForWine()
  if (missing) {
    console.log(`The addon was left out: only the emulator is measured.\n${missing}\n`)
    return
  }
  prepareWine()
  installPeer()
  await inWine('bench/native.mjs', { COM_CANCEL_BENCH_PEER: windowsPath(peer) })
  await inWine('bench/com.mjs', { COM_CANCEL_PRIME: windowsPath(prime) })
  console.log()
}

/** What the addon is compared with, as Windows needs it. */
function installPeer() {
  const files = ['package.json', 'package-lock.json']
  const upToDate = files.every(file => {
    const copy = path.join(peer, file)
    return existsSync(copy) && readFileSync(copy).equals(readFileSync(inProject('bench/peer', file)))
  })
  if (upToDate && existsSync(path.join(peer, 'node_modules'))) return
  mkdirSync(peer, { recursive: true })
  for (const file of files) copyFileSync(inProject('bench/peer', file), path.join(peer, file))
  const target = ['--os=win32', `--cpu=${onWindows ? process.arch : 'x64'}`]
  npm(['ci', '--silent', ...target, '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: peer })
}

/** @param {string} script @param {NodeJS.ProcessEnv} env */
async function inWine(script, env) {
  const options = { env: { COM_CANCEL_BACKEND: 'native', ...env }, timeout: 10 * 60_000 }
  const code = await runInWine(executables[22], [script], options)
  if (code !== 0) throw new ScriptError(`${script} ended with ${code}`)
}

/** @param {string} script @param {NodeJS.ProcessEnv} env */
function here(script, env) {
  run(process.execPath, [inProject(script)], { env: { ...process.env, ...env } })
}
