// @ts-check
// Runs the benchmarks (`npm run bench`): the addon in node.exe (under Wine on Linux) and the emulator, in one table.
//
//   node bench/run.mjs [--only native|emulator]

import path from 'node:path'
import { parseArgs } from 'node:util'
import { hosts } from '../scripts/lib/hosts.mjs'
import { installPeer } from '../scripts/lib/peer.mjs'
import { inProject, main, root, run, ScriptError } from '../scripts/lib/project.mjs'
import { missingForWine } from '../scripts/lib/toolchain.mjs'
import { app, windowsPath } from '../scripts/lib/windows-app.mjs'
import { prepareWine, runInWine } from '../scripts/lib/wine.mjs'

const onWindows = process.platform === 'win32'
const prime = inProject('build/prime')

main(async () => {
  const { values } = parseArgs({ options: { only: { type: 'string' } } })
  if (values.only !== undefined && values.only !== 'native' && values.only !== 'emulator')
    throw new ScriptError(`--only takes native or emulator, not ${values.only}.`)
  console.log(
    'Ratios are com-cancel / the alternative, measured alternately in one run: below 1 is faster or less.',
  )
  console.log(
    '"unclear": the machine alone (the rows "for scale") exceeds the aim; repeat on an idle machine.\n',
  )
  if (values.only !== 'emulator') await native()
  if (values.only !== 'native') {
    here('bench/emulator.mjs', { COM_CANCEL_BACKEND: 'emulator' })
    here('bench/values.mjs', { COM_CANCEL_BACKEND: 'emulator' })
    here('bench/workers.mjs', { COM_CANCEL_BACKEND: 'emulator' })
    here('bench/watching.mjs', { COM_CANCEL_BACKEND: 'emulator' })
    here('bench/async.mjs', { COM_CANCEL_BACKEND: 'emulator' })
  }
})

async function native() {
  if (onWindows) {
    run(process.execPath, [inProject('scripts/build-native.mjs'), '--prime'])
    run(path.join(prime, 'prime_server.exe'), ['-register'])
    here('bench/native.mjs', { COM_CANCEL_BACKEND: 'native', COM_CANCEL_BENCH_PEER: installPeer(root) })
    here('bench/com.mjs', { COM_CANCEL_BACKEND: 'native', COM_CANCEL_PRIME: prime })
    here('bench/hosts.mjs', { COM_CANCEL_BACKEND: 'native', COM_CANCEL_PRIME: prime })
    here('bench/async.mjs', { COM_CANCEL_BACKEND: 'native' })
    here('bench/values.mjs', { COM_CANCEL_BACKEND: 'native' })
    here('bench/watching.mjs', { COM_CANCEL_BACKEND: 'native' })
    return
  }
  const missing = missingForWine()
  if (missing) {
    console.log(`Only the emulator is measured.\n${missing}\n`)
    return
  }
  prepareWine(['node22'])
  await inWine('bench/native.mjs', { COM_CANCEL_BENCH_PEER: windowsPath(installPeer(app)) })
  await inWine('bench/com.mjs', { COM_CANCEL_PRIME: windowsPath(prime) })
  await inWine('bench/hosts.mjs', { COM_CANCEL_PRIME: windowsPath(prime) })
  await inWine('bench/async.mjs', {})
  await inWine('bench/values.mjs', {})
  await inWine('bench/watching.mjs', {})
  console.log()
}

/** @param {string} script @param {NodeJS.ProcessEnv} env */
async function inWine(script, env) {
  const options = { env: { COM_CANCEL_BACKEND: 'native', ...env }, timeout: 10 * 60_000 }
  const code = await runInWine(hosts.node22, [script], options)
  if (code !== 0) throw new ScriptError(`${script} ended with ${code}`)
}

/** @param {string} script @param {NodeJS.ProcessEnv} env */
function here(script, env) {
  run(process.execPath, [inProject(script)], { env: { ...process.env, ...env } })
}
