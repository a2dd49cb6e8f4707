// C15: calls that a thread makes while an outer call blocks it, in a handler that was called meanwhile.
import { type ComThread, HResult, raw, type ServerCall, type ThreadId } from 'com-cancel'
import { describe, expect, it } from 'vitest'
import { leaveNothingBehind, own, startThread } from '../support/com'
import { expectAbortError, expectComError, rejection } from '../support/errors'
import { passTo } from '../support/pass-to'
import { A_WHILE, sleep, until } from '../support/until'

leaveNothingBehind()

const { S_OK, E_NOINTERFACE } = HResult

/**
 * The client's reference to an object whose only method runs `handler` in a call to the client's thread. Another thread
 * makes that call, so that the server's thread is free to look whether it was canceled.
 */
const serve = async (
  client: ComThread,
  apartment: 'sta' | 'mta',
  handler: (call: ServerCall) => Promise<unknown>,
) => {
  const calls: ServerCall[] = []
  const thread = await startThread({ apartment })
  const other = await startThread({ apartment: 'sta' })
  const back = await passTo(other, own(client.implement({ handler })))
  const callBack = async (call: ServerCall) => {
    calls.push(call)
    return await back.call('handler')
  }
  return { calls, server: await passTo(client, own(thread.implement({ callBack }))) }
}

/** A nested call, once its thread has begun it. By default it registers no cancel object. */
const block = async (thread: ComThread, signal?: AbortSignal, cancelable = false) => {
  const ended = rejection(thread.wait(A_WHILE, { cancelable, signal })).catch(() => 'returned')
  await sleep(A_WHILE / 4) // a call without a cancel object shows nowhere that it has begun
  return { ended }
}

const kinds = [
  { client: 'sta', server: 'mta' },
  { client: 'sta', server: 'sta' },
  { client: 'mta', server: 'sta' },
] as const

describe.each(kinds)(
  'an outer call from a $client thread to a $server thread',
  ({ client, server: kind }) => {
    /** Makes the outer call. Its server calls `handler`, in which the nested calls are made. */
    const begin = async (
      handler: (nested: { thread: ComThread; threadId: ThreadId; calls: ServerCall[] }) => Promise<unknown>,
    ) => {
      const thread = await startThread({ apartment: client })
      const { calls, server } = await serve(thread, kind, ({ threadId }) =>
        handler({ thread, threadId, calls }),
      )
      const controller = new AbortController()
      const outcome = server.call('callBack', [], { signal: controller.signal })
      return { thread, calls, controller, outcome }
    }

    it('C14 C15 goes on when the signal of a nested call without a cancel object aborts', async () => {
      const { calls, outcome } = await begin(async ({ thread }) => {
        const controller = new AbortController()
        const { ended } = await block(thread, controller.signal)
        controller.abort('nested')
        expectAbortError(await ended, { reason: 'nested', hresult: S_OK })
        return 'went on'
      })
      expect(await outcome).toBe('went on')
      expect(calls.map(call => call.signal.aborted)).toEqual([false])
    })

    it.each([0, 1])(
      'C14 C15 goes on when thread.cancel() finds a nested call without a cancel object: %i s',
      async seconds => {
        const { calls, outcome } = await begin(async ({ thread }) => {
          const { ended } = await block(thread)
          const error = await rejection(thread.cancel({ timeout: seconds * 1000 }))
          expectComError(error, 'E_NOINTERFACE', 'CoCancelCall')
          return ended
        })
        expect(await outcome).toBe('returned')
        expect(calls.map(call => call.signal.aborted)).toEqual([false])
      },
    )

    it('C15 O6 CoCancelCall does not find it while a nested call without a cancel object blocks', async () => {
      const { calls, outcome } = await begin(async ({ thread, threadId }) => {
        const { ended } = await block(thread)
        expect(raw.coCancelCall(threadId, 0)).toBe(E_NOINTERFACE)
        return ended
      })
      expect(await outcome).toBe('returned')
      expect(calls.map(call => call.signal.aborted)).toEqual([false])
    })

    it('C15 thread.cancel() cancels it while its handler makes no call, also after nested calls', async () => {
      const { calls, outcome } = await begin(async ({ thread }) => {
        await thread.wait(0)
        await thread.wait(0, { cancelable: false })
        expect(await thread.cancel()).toBe('requested')
        await until('the server is notified', () => calls[0]?.signal.aborted)
      })
      expectComError(await rejection(outcome), 'RPC_E_CALL_CANCELED', 'callBack')
    })

    it('C15 S2 canceled while a nested call blocks: its server is notified at once, the nested call goes on', async () => {
      const order: string[] = []
      const { outcome, controller } = await begin(async ({ thread, calls }) => {
        const { ended } = await block(thread, undefined, true)
        const returned = ended.then(how => order.push(`nested call ${how}`))
        controller.abort('outer')
        await until('the server is notified', () => calls[0]?.signal.aborted)
        order.push('server notified')
        await returned
      })
      expectAbortError(await rejection(outcome), { reason: 'outer' })
      await until('the nested call has returned', () => order.length === 2)
      expect(order).toEqual(['server notified', 'nested call returned'])
    })

    it('C15 S2 canceled while a nested call without a cancel object blocks: its server is notified at once', async () => {
      const { outcome, controller } = await begin(async ({ thread, calls }) => {
        const { ended } = await block(thread)
        controller.abort('outer')
        const notified = until('the server is notified', () => calls[0]?.signal.aborted)
        expect(await Promise.race([ended, notified])).toBe(true)
        expect(await ended).toBe('returned')
      })
      expectAbortError(await rejection(outcome), { reason: 'outer' })
    })

    it('C15 each of several nested calls is canceled on its own', async () => {
      const controllers = ['first', 'second', 'third'].map(() => new AbortController())
      const [first, second, third] = controllers
      const thread = await startThread({ apartment: client })
      const notified = () => [...outer.calls, ...inner.calls].map(call => call.signal.aborted)
      const innermost = async () => {
        const { ended } = await block(thread, third?.signal)
        third?.abort('third')
        await sleep(100)
        expect(notified()).toEqual([false, false])
        first?.abort('first')
        await until('the outermost server is notified', () => notified()[0])
        expect(notified()).toEqual([true, false])
        second?.abort('second')
        await until('the inner server is notified', () => notified()[1])
        expectAbortError(await ended, { reason: 'third', hresult: S_OK })
      }
      const inner = await serve(thread, kind, innermost)
      let middle: Promise<unknown> | undefined
      const outer = await serve(thread, kind, () => {
        middle = rejection(inner.server.call('callBack', [], { signal: second?.signal }))
        return middle.then(() => undefined)
      })
      const outcome = rejection(outer.server.call('callBack', [], { signal: first?.signal }))
      expectAbortError(await outcome, { reason: 'first' })
      expectAbortError(await middle, { reason: 'second' })
    })
  },
)
