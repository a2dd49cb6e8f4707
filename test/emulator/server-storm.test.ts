// Many calls at once to emulated servers of all kinds, canceled at random: every call ends once, with its own reply.
import { ComThread, HResult } from 'com-cancel'
import type { EmulatedCall, RemoteObject } from 'com-cancel/emulator'
import { expect, it } from 'vitest'
import { eachInEmulatedTime, emulator, now, timeout, until } from '../support/emulated-servers'
import { random, takeSeed } from '../support/random'

eachInEmulatedTime()

const kinds = [
  ['local', 'mta'],
  ['local', 'sta'],
  ['inproc', 'sta'],
  ['inproc', 'mta'],
] as const

const SEED = takeSeed('storms')

it.each([0, 1, 2])('C10 no reply reaches another call, and nothing is left: storm %d', async n => {
  const next = random(SEED + n)
  /** Methods that have not ended, on each thread: one at most. */
  const running = new Set<number>()
  const registrations = kinds.map(([server, threading]) =>
    emulator().registerClass({
      progId: `${server}.${threading}`,
      server,
      threading,
      methods: {
        async Work(call: EmulatedCall, n: number, ms: number, polls: boolean) {
          expect(running.has(call.threadId)).toBe(false)
          running.add(call.threadId)
          try {
            for (const end = now() + ms; now() < end; await call.delay(1))
              if (polls && call.testCancel()) call.signal.throwIfAborted()
          } finally {
            running.delete(call.threadId)
          }
          return n
        },
        async Back(call: EmulatedCall, n: number, callee: RemoteObject) {
          await call.delay(0)
          return callee.call(0, [n])
        },
      },
    }),
  )
  const apartments = ['mta', 'sta'] as const
  const threads = await Promise.all(
    Array.from({ length: 8 }, (_, i) =>
      ComThread.start({
        binding: emulator().binding,
        apartment: apartments[i % 2] ?? 'mta',
        grace: 60_000,
      }),
    ),
  )
  const tally = { answered: 0, canceled: 0 }
  const clients = threads.map(async (thread, t) => {
    const objects = await Promise.all(kinds.map(kind => thread.createObject(kind.join('.'))))
    const calls = Array.from({ length: 60 }, async (_, i) => {
      const n = t * 1000 + i
      const object = objects[next(objects.length)]
      if (!object) throw new Error('no object')
      const signal = next(2) ? timeout(next(400)) : undefined
      const options = signal ? { signal } : {}
      const handler = async (_call: unknown, value: unknown) =>
        next(3) ? object.call('Work', [value as number, 0, true]) : value
      const call =
        next(3) === 0
          ? object.call('Back', [n, handler], options)
          : object.call('Work', [n, next(8), next(2) === 0], options)
      try {
        expect(await call).toBe(n)
        tally.answered++
      } catch (error) {
        const { name, hresult } = error as { name: string; hresult: number }
        // A handler's own call can be canceled with the one it serves.
        if (name !== 'AbortError' && hresult !== HResult.RPC_E_CALL_CANCELED) throw error
        tally.canceled++
      }
    })
    await Promise.all(calls)
  })
  await Promise.all(clients)
  expect(tally.answered + tally.canceled).toBe(480)
  expect(Math.min(tally.answered, tally.canceled)).toBeGreaterThan(20)
  await until(() => registrations.every(({ counts }) => counts.calls === counts.finished + counts.canceled))
  await Promise.all(threads.map(thread => thread[Symbol.asyncDispose]()))
})
