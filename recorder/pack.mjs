// @ts-check
// Packs the recorder for a Windows machine without developer tools (`npm run record:windows`): one folder with the
// program, the installed tarball of the package, and the two programs in C++.
//
//   node recorder/pack.mjs [--out folder] [--no-build]
//
// --out: default build/record-windows. --no-build: packs what has been built before.

import { spawnSync } from 'node:child_process'
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { inProject, main, npm, root, run, ScriptError } from '../scripts/lib/project.mjs'

const programs = ['recorder/recorder_probe.exe', 'prime/prime_server.exe', 'prime/prime_inproc.dll']
const sources = ['record.mjs', 'child.mjs', 'lib', 'questions']

const readme = `Records what COM call cancellation does on this Windows machine. Needs node.exe 20 or later: in PATH, or copied
into this folder.

  record.cmd                       asks all questions; takes about five minutes
  record.cmd --remote HOST         also those that need another Windows machine
  record.cmd --only cost,demo      asks these only

It writes report.md and report.json into this folder. Without administrator rights it registers its test server for the
current user, and removes the registration at its end. Leave the mouse and the keyboard alone meanwhile: one question
shows a dialog, which disappears by itself.
`

const command = `@echo off\r
setlocal\r
set NODE=node.exe\r
if exist "%~dp0node.exe" set NODE="%~dp0node.exe"\r
%NODE% "%~dp0record.mjs" --out "%~dp0." %*\r
`

main(() => {
  const { values } = parseArgs({
    options: {
      out: { type: 'string', default: inProject('build/record-windows') },
      'no-build': { type: 'boolean', default: false },
    },
  })
  const out = path.resolve(values.out)
  if (!values['no-build']) {
    run(process.execPath, [inProject('scripts/build-ts.mjs')])
    // As prebuild.mjs does on Windows, for the processor of this Node.js. Nobody has recorded on ARM64.
    const prebuilt = process.platform === 'win32' ? process.arch : 'x64,ia32'
    run(process.execPath, [inProject('scripts/prebuild.mjs'), '--arch', prebuilt])
    run(process.execPath, [inProject('scripts/build-native.mjs'), '--prime'])
  }
  const missing = [...programs.map(file => `build/${file}`), 'prebuilds', 'dist'].filter(
    file => !existsSync(inProject(file)),
  )
  if (missing.length > 0) throw new ScriptError(`Not built: ${missing.join(', ')}`)

  rmSync(out, { recursive: true, force: true })
  mkdirSync(path.join(out, 'bin'), { recursive: true })
  for (const file of programs)
    copyFileSync(inProject('build', file), path.join(out, 'bin', path.basename(file)))
  for (const name of sources) cpSync(inProject('recorder', name), path.join(out, name), { recursive: true })
  writeFileSync(path.join(out, 'README.txt'), readme.replaceAll('\n', '\r\n'))
  writeFileSync(path.join(out, 'record.cmd'), command)
  install(out)
  console.log(`packed: ${path.relative(root, out)}; copy it to a Windows machine and run record.cmd there`)
})

/** Installs the tarballs of the package and of its one dependency, without a registry. @param {string} folder */
function install(folder) {
  const tarballs = mkdtempSync(path.join(tmpdir(), 'com-cancel-recorder-'))
  try {
    const packed = [root, inProject('node_modules/node-gyp-build')].map(source => pack(source, tarballs))
    writeFileSync(path.join(folder, 'package.json'), '{ "name": "record-windows", "private": true }\n')
    // The tarball is for Windows; its dependency is JavaScript.
    npm(
      ['install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', ...packed],
      {
        cwd: folder,
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    )
  } finally {
    rmSync(tarballs, { recursive: true, force: true })
  }
}

/** @param {string} source @param {string} folder @returns {string} the path of the tarball */
function pack(source, folder) {
  const cli = process.env.npm_execpath
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder, source]
  const { status, stdout, stderr } = cli
    ? spawnSync(process.execPath, [cli, ...args], { cwd: root, encoding: 'utf8' })
    : spawnSync('npm', args, { cwd: root, encoding: 'utf8', shell: process.platform === 'win32' })
  if (status !== 0) throw new ScriptError(`npm pack failed: ${stderr}`)
  return path.join(folder, JSON.parse(stdout)[0].filename)
}
