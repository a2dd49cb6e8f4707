// @ts-check
// Prints the software bill of materials (`npm run sbom`): CycloneDX, by npm, of what the package needs at run time.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { inProject, main, npm } from './lib/project.mjs'

main(() => {
  const project = JSON.parse(readFileSync(inProject('package.json'), 'utf8'))
  const lock = JSON.parse(readFileSync(inProject('package-lock.json'), 'utf8'))
  // `npm sbom --omit=dev` leaves out a dependency that a developer's tool depends on, too. So npm gets a project without
  // such tools.
  for (const each of [project, lock.packages['']]) delete each.devDependencies
  lock.packages = Object.fromEntries(
    Object.entries(lock.packages).filter(([, { dev, devOptional }]) => !dev && !devOptional),
  )
  const temporary = mkdtempSync(path.join(tmpdir(), 'com-cancel-sbom-'))
  try {
    // npm names what it describes by the folder.
    const folder = path.join(temporary, project.name)
    mkdirSync(folder)
    writeFileSync(path.join(folder, 'package.json'), JSON.stringify(project))
    writeFileSync(path.join(folder, 'package-lock.json'), JSON.stringify(lock))
    npm(['sbom', '--package-lock-only', '--sbom-format=cyclonedx'], {
      cwd: folder,
      // An npm that runs inside another would take the outer one's project for its own.
      env: { ...process.env, npm_config_local_prefix: undefined },
    })
  } finally {
    rmSync(temporary, { recursive: true })
  }
})
