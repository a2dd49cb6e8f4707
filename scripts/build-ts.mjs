// @ts-check
// Compiles lib into dist and removes files from dist that have no source in lib, because dist is published.

import { existsSync, readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { inModules, inProject, main, run } from './lib/project.mjs'

main(() => {
  run(process.execPath, [inModules('typescript/bin/tsc'), '-p', inProject('tsconfig.json')])
  for (const file of readdirSync(inProject('dist'), { recursive: true, encoding: 'utf8' })) {
    const module = file.replace(/\.(d\.ts|js|js\.map)$/, '')
    if (module !== file && !existsSync(inProject('lib', `${module}.ts`)))
      rmSync(path.join(inProject('dist'), file))
  }
})
