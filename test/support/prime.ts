// The in-process servers of the contract: Prime.Calculator and Prime.Hostile, registered on Windows, or emulated.
import { backend, ComThread, HResult } from 'com-cancel'
import type { ClassRegistration } from 'com-cancel/emulator'
import { describe } from 'vitest'

/** The reason why the test server is missing, if it is. Does not start it. */
const missing = async (): Promise<string | undefined> => {
  await using thread = await ComThread.start()
  const error = await thread.getActiveObject('Prime.Calculator').catch((error: unknown) => error)
  const hresult = error && typeof error === 'object' && 'hresult' in error ? error.hresult : undefined
  if (hresult !== HResult.CO_E_CLASSSTRING) return undefined
  return 'Prime.Calculator is not registered here: prime_server.exe -register'
}

/** Registers the emulated counterparts. */
const emulate = async (): Promise<void> => {
  const { Emulator } = await import('com-cancel/emulator')
  const { registerPrime } = await import('../../examples/prime/class.mjs')
  const emulator = Emulator.shared
  registerPrime(emulator)
  const hostile: ClassRegistration = emulator.registerClass({
    progId: 'Prime.Hostile',
    server: 'inproc',
    threading: 'both',
    methods: {
      Block: (call, ms: number) => call.delay(ms),
      Crash: (): void => hostile.crash(),
      Exit: (_call, exitCode: number): void => hostile.crash({ exitCode }),
      Bits: () => 64,
    },
  })
}

if (backend.kind === 'emulator') await emulate()

/** Undefined where the servers are registered. */
export const reason = await missing()

/** Tests with the test server; where it isn't registered they show as skipped, with the reason in the title. */
export const describePrime = (title: string, tests: () => void): void => {
  if (reason === undefined) describe(title, tests)
  else describe.skip(`${title} (${reason})`, tests)
}
