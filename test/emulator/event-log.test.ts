// The event log: which emulators it records, its options, and that it keeps no thread alive.
import { ComThread, HResult, record } from 'com-cancel'
import { Emulator } from 'com-cancel/emulator'
import { expect, it } from 'vitest'
import { eachIdle, emulator } from '../support/emulated-servers'
import { collectUntil, start, wait } from '../support/emulated-threads'

eachIdle()

it('record() of an emulator has its events alone, record() of the package those of all', async () => {
  const other = new Emulator()
  using mine = emulator().record()
  using all = record()
  const one = await ComThread.start({ binding: emulator().binding })
  const two = await ComThread.start({ binding: other.binding })
  await one[Symbol.asyncDispose]()
  await two[Symbol.asyncDispose]()
  expect(mine.of('thread:ended').map(({ threadId }) => threadId)).toEqual([one.id])
  expect(all.of('thread:ended').map(({ threadId }) => threadId)).toEqual([one.id, two.id])
  expect(Object.keys(mine.of('thread:ended')[0] ?? {})).toEqual(['type', 'time', 'threadId', 'binding'])
})

it.each([
  [5, TypeError],
  [null, TypeError],
  [{ limit: '5' }, TypeError],
  [{ limit: 0 }, RangeError],
  [{ limit: 1.5 }, RangeError],
  [{ limit: Number.POSITIVE_INFINITY }, RangeError],
])('record() refuses %j', (options, error) => {
  expect(() => record(options as never)).toThrow(error)
  expect(() => emulator().record(options as never)).toThrow(error)
})

it('record() does not keep a thread from being collected', async () => {
  using log = emulator().record()
  const forget = async () => wait((await start(emulator().binding)).thread, 20)
  expect(await (await forget()).ended).toBe(HResult.S_OK)
  expect(await collectUntil(() => emulator().binding.diagnostics().threads === 0)).toBe(true)
  expect(log.of('job:ended')).toHaveLength(1)
})
