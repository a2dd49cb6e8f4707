// Loads the binding of this process: the addon on Windows, else the emulator, or as COM_CANCEL_BACKEND says.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Binding } from '../binding'
import { observed } from './events/publish/observed-binding'
import { isBundled, packageFolder } from './package-folder'

const root = packageFolder ?? ''

/** What node-gyp-build exports: loads an addon, or finds its file. */
type Loader = ((folder: string) => unknown) & { path(folder: string): string }

/**
 * The file that Electron's packagers put beside an archive (app.asar.unpacked) for a file in it (app.asar), if it is
 * there. Of a library in the archive itself Electron loads a copy in the temporary folder, which has no
 * com-cancel-host.exe beside it.
 */
export const unpackedFile = (file: string): string => {
  const outside = file.replace(/\.asar(?=[\\/])/, '.asar.unpacked')
  return existsSync(outside) ? outside : file
}

const loadAddon = (): Binding => {
  if (process.platform !== 'win32')
    throw new Error(
      `com-cancel: COM_CANCEL_BACKEND=native selects the addon, which runs on Windows only (this is ${process.platform}). ` +
        'Unset the variable, or set it to emulator.',
    )
  if (isBundled())
    throw new Error(
      'com-cancel: this code is in a bundle, so it does not find the addon. Leave the package out of the bundle and ' +
        'install it beside the program: "external" of esbuild, Rollup and rolldown, "externals" of webpack, ' +
        '"ssr.external" of Vite. docs/packaging.md of the package has examples. ' +
        'To run without COM, set COM_CANCEL_BACKEND=emulator.',
    )
  try {
    // The conformance suite checks that the addon has this type.
    const load = require('node-gyp-build') as Loader
    if (!root.includes('.asar')) return load(root) as Binding
    // By its folder: bundlers replace a `require` whose argument is computed. The file is in prebuilds/win32-x64 or in
    // build/Release of that folder.
    return load(join(unpackedFile(load.path(root)), '../../..')) as Binding
  } catch (error) {
    throw new Error(
      `com-cancel: the native addon could not be loaded on ${process.platform}-${process.arch}, Node.js ${process.version}: ` +
        `${error instanceof Error ? error.message.split('\n')[0] : String(error)}. ` +
        `The package brings the addon for win32-x64, win32-ia32 and win32-arm64: reinstall it if ${join(root, 'prebuilds')} is not complete. ` +
        'Where it is not, "npm rebuild com-cancel" compiles the addon with the cmake-js and node-addon-api of the project. ' +
        'To run without COM, set COM_CANCEL_BACKEND=emulator.',
      { cause: error },
    )
  }
}

/** Loads the emulator only when it is used: it is half of the package's code. */
const loadEmulator = (): Binding => {
  const { Emulator } = require('./emulator/emulator') as typeof import('./emulator/emulator')
  return Emulator.shared.binding
}

/** Throws when the binding cannot be loaded; it never falls back to the other one. */
export const loadBinding = (): Binding => {
  const backend = process.env.COM_CANCEL_BACKEND || (process.platform === 'win32' ? 'native' : 'emulator')
  if (backend === 'native') return observed(loadAddon())
  if (backend === 'emulator') return loadEmulator()
  throw new RangeError(`com-cancel: COM_CANCEL_BACKEND must be 'native' or 'emulator', got '${backend}'`)
}
