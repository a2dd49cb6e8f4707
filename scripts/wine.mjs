// @ts-check
// Runs a script in a Windows node.exe under Wine, in a copy of the project.
//
//   node scripts/wine.mjs [--node 20|22|electron|heap] [--timeout seconds] [--prepare] -- script.js [arguments]
//
// --prepare first sets up Wine and builds the addon, if needed. With --node heap, Wine checks for writes beyond the end
// of a block and reports them with WINEDEBUG=-all,err+heap; a program then takes 15 s to start.

import { parseArgs } from 'node:util'
import { main, ScriptError } from './lib/project.mjs'
import { executables, isSetUp, mirrorProject, missingForWine, prepareWine, runInWine } from './lib/wine.mjs'

main(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      node: { type: 'string', default: '22' },
      timeout: { type: 'string', default: '0' },
      prepare: { type: 'boolean' },
    },
  })
  const executable = Object.entries(executables).find(([name]) => name === values.node)?.[1]
  if (!executable)
    throw new ScriptError(`--node is one of ${Object.keys(executables).join(', ')}, not ${values.node}.`)
  const missing = missingForWine()
  if (missing) throw new ScriptError(missing)
  if (values.prepare) prepareWine()
  else if (isSetUp()) mirrorProject()
  else throw new ScriptError('Wine is not set up for this project yet: npm run setup:wine')

  process.exitCode = await runInWine(executable, positionals, { timeout: Number(values.timeout) * 1000 })
})
