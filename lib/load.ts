// Loads the binding of this process: the addon on Windows, else the emulator, or as COM_CANCEL_BACKEND says.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Binding } from '../binding'
import { observed } from './events/publish/observed-binding'

const root = join(__dirname, '..')

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
  try {
    // The conformance suite checks that the addon has this type.
    const load = require('node-gyp-build') as Loader
    return (root.includes('.asar') ? require(unpackedFile(load.path(root))) : load(root)) as Binding
  } catch (error) {
    throw new Error(
      `com-cancel: the native addon could not be loaded on ${process.platform}-${process.arch}, Node.js ${process.version}: ` +
        `${error instanceof Error ? error.message.split('\n')[0] : String(error)}. ` +
        `The package brings the addon for win32-x64 and win32-ia32: reinstall it if ${join(root, 'prebuilds')} is not complete. ` +
        'For another architecture build it in a clone of the repository (npm ci && npm run prebuild) and copy its prebuilds there. ' +
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
