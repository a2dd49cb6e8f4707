// The example that cancels a call that shows a dialog, as a user runs it.
import { expect, it } from 'vitest'
import { runProgram } from '../../support/program'

it('C7 a call that shows a dialog returns when it is canceled, and its thread is free', async () => {
  const { stdout, stderr, code } = await runProgram(import.meta.dirname, '../../../../examples/dialog.mjs')
  expect({ stderr, code }).toEqual({ stderr: '', code: 0 })
  expect(stdout).toContain("name: 'AbortError'")
  expect(stdout).toContain('hresult: -2147418110') // RPC_E_CALL_CANCELED
  expect(stdout).toContain('abandoned: false')
  expect(stdout).toContain('the thread is idle')
  // The dialog disappears after a minute.
  expect(Number(/ms: (\d+)/.exec(stdout)?.[1])).toBeLessThan(30_000)
})
