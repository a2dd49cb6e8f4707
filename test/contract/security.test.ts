// The security of calls: CoInitializeSecurity once for a process, and the options of activations.
import { backend } from 'com-cancel'
import { describe, expect, it } from 'vitest'
import { runProgram } from '../support/program'

const folder = import.meta.dirname

const run = async (steps: string): Promise<unknown> => {
  const { code, stdout, stderr } = await runProgram(folder, 'security.cjs', [steps])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return JSON.parse(stdout)
}

describe('initializeSecurity', () => {
  it('sets the security of the process', async () => {
    expect(await run('set')).toEqual(['done'])
  })

  it('works before an apartment is entered, in one of either kind, and with threads', async () => {
    expect(await run('sta,set,thread')).toEqual(['done', 'done', 'done'])
    expect(await run('mta,set,thread')).toEqual(['done', 'done', 'done'])
    expect(await run('thread,set')).toEqual(['done', 'done'])
  })

  it.each(['set', 'worker'])('sets it once: then %s is RPC_E_TOO_LATE', async again => {
    const late =
      'CoInitializeSecurity failed: RPC_E_TOO_LATE (0x80010119): the security of the process is set once, at the latest by its first call to COM; call initializeSecurity at the start of the program, before a ComThread makes an object'
    // Wine's CoInitializeSecurity does nothing, and never fails.
    expect(await run(`set,${again}`)).toEqual(['done', backend.host.startsWith('Wine') ? 'done' : late])
  })

  it('does not set it when an option is refused', async () => {
    expect(await run('bad,set')).toEqual([
      "initializeSecurity: options.authentication must not be 'none' with 'secure-references'",
      'done',
    ])
  })
})
