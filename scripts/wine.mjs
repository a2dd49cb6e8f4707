// @ts-check
// Runs a script in a Windows node.exe under Wine, in a copy of the project.
//
//   node scripts/wine.mjs [--host node22] [--timeout seconds] [--prepare] -- script.js [arguments]
//
// --prepare first sets up Wine and builds the addon, if needed. With --host heap, Wine checks for writes beyond the end
// of a block and reports them with WINEDEBUG=-all,err+heap; a program then takes 15 s to start.

import { parseArgs } from 'node:util'
import { hostNames, hosts, isHostName, isSetUp } from './lib/hosts.mjs'
import { main, ScriptError } from './lib/project.mjs'
import { missingForWine } from './lib/toolchain.mjs'
import { mirrorProject } from './lib/windows-app.mjs'
import { prepareWine, runInWine } from './lib/wine.mjs'

main(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      host: { type: 'string', default: 'node22' },
      timeout: { type: 'string', default: '0' },
      prepare: { type: 'boolean' },
    },
  })
  const name = values.host
  if (!isHostName(name)) throw new ScriptError(`--host is one of ${hostNames.join(', ')}, not ${name}.`)
  const missing = missingForWine()
  if (missing) throw new ScriptError(missing)
  if (values.prepare) prepareWine([name])
  else if (isSetUp(name)) mirrorProject()
  else throw new ScriptError(`${name} is not set up yet: npm run setup:wine -- ${name}`)

  const { args = [] } = hosts[name]
  process.exitCode = await runInWine(hosts[name], [...args, ...positionals], {
    timeout: Number(values.timeout) * 1000,
  })
})
