// The prebuilds that `npm run prebuild` has made, for the tests of the package.
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const root = path.join(import.meta.dirname, '../..')

export const names = ['com-cancel.node', 'com-cancel-host.exe'] as const
export const architectures = ['x64', 'ia32', 'arm64'] as const
export type Prebuilt = (typeof architectures)[number]

export const prebuilt = (arch: Prebuilt, name: string): string =>
  path.join(root, 'prebuilds', `win32-${arch}`, name)

/** The file in which the gate writes the exit code of its build for ARM64, which goes on while the tests run. */
const ending = process.env.COM_CANCEL_PREBUILDING

/** All in CI on Linux. On another machine, those that have been built there. */
export const isExpected = (arch: Prebuilt): boolean =>
  (process.env.CI === 'true' && process.platform === 'linux') || existsSync(prebuilt(arch, names[0]))

/** Resolves when the build that the gate has begun is over. */
export const allAreBuilt = async (): Promise<void> => {
  if (ending === undefined) return
  while (!existsSync(ending)) await sleep(1_000)
  const code = readFileSync(ending, 'utf8').trim()
  if (code !== '0')
    throw new Error(`The build for ARM64 has ended with ${code}:\n${readFileSync(`${ending}.log`, 'utf8')}`)
}

/** Only a build that hangs takes so long, in milliseconds. */
export const buildTimeout = 25 * 60_000
