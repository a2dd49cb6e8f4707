// The process of an object's server on each binding, where there is none to find, and what is refused.
import { ComAbortError } from 'com-cancel'
import { describe, expect, it } from 'vitest'
import { expectError } from '../support/bad-input'
import { leaveNothingBehind, own, startThread } from '../support/com'
import { expectComError, rejection } from '../support/errors'
import { passTo } from '../support/pass-to'

leaveNothingBehind()

describe.each(['sta', 'mta'] as const)('the server process of an object, for a thread in %s', apartment => {
  it('is not known for an object of the program itself, in any apartment', async () => {
    const thread = await startThread({ apartment })
    const other = await startThread({ apartment: 'sta' })
    for (const home of [thread, other]) {
      const passed = await passTo(thread, own(home.implement({ Answer: () => 42 })))
      expect(await passed.serverProcess()).toBeUndefined()
      expect(await passed.call('Answer')).toBe(42)
    }
  })

  it('is not looked for when the object was released, or the call was aborted before', async () => {
    const thread = await startThread({ apartment })
    const passed = await passTo(thread, own(thread.implement({})))
    const aborted = await rejection(passed.serverProcess({ signal: AbortSignal.abort() }))
    expect(aborted).toBeInstanceOf(ComAbortError)
    expect(aborted).toMatchObject({ started: false, function: 'ComObject.serverProcess' })
    const wrong = { limit: 1 } as object
    expectError(
      await rejection(passed.serverProcess(wrong)),
      'TypeError',
      'ComObject.serverProcess: options must not have "limit"; the names are timeout, queueTimeout, signal',
    )
    passed.release()
    expectComError(await rejection(passed.serverProcess()), 'RPC_E_DISCONNECTED', 'ComObject.serverProcess')
  })
})
