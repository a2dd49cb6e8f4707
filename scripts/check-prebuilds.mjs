// @ts-check
// Fails when a prebuild is missing: `npm pack` and `npm publish` run it (prepack), so that no package without an addon is
// published. The tests pack with --ignore-scripts.

import { existsSync, readFileSync } from 'node:fs'
import { inProject, main, ScriptError } from './lib/project.mjs'
import { hostFolder, hostProgram, prebuiltAddon, targets } from './lib/targets.mjs'

main(() => {
  const wrong = Object.entries(targets).flatMap(([arch, { machine }]) =>
    [prebuiltAddon, hostProgram].flatMap(name => {
      const file = `prebuilds/${hostFolder(arch)}/${name}`
      if (!existsSync(inProject(file))) return [`${file} is missing`]
      const found = machineOf(readFileSync(inProject(file)))
      return found === machine ? [] : [`${file} is for machine 0x${found.toString(16)}, not ${arch}`]
    }),
  )
  if (wrong.length === 0) return
  throw new ScriptError(
    `The package is not complete:\n${wrong.map(line => `  ${line}\n`).join('')}` +
      'Build them with `npm run prebuild`, or take those that the workflow has built. ' +
      'To pack without them: npm pack --ignore-scripts',
  )
})

/** IMAGE_FILE_MACHINE_… of a Windows binary. @param {Buffer} binary */
function machineOf(binary) {
  const header = binary.length > 0x40 ? binary.readUInt32LE(0x3c) : binary.length
  return header + 6 <= binary.length ? binary.readUInt16LE(header + 4) : 0
}
