// Message filters of a program that throw or answer nonsense: the default counts, and the error is uncaught.
import { EventEmitter, once } from 'node:events'
import { ComThread, HResult } from 'com-cancel'
import { Emulator, type MessageFilter } from 'com-cancel/emulator'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { rejection } from '../support/errors'
import { uncaughtDuring } from '../support/uncaught'

let emulator: Emulator
beforeEach(() => {
  emulator = new Emulator()
})
afterEach(async () => {
  await emulator.settled()
  emulator.assertIdle()
})

const start = async (filter: MessageFilter, pause: () => unknown = () => undefined) => {
  const registration = emulator.registerClass({
    progId: 'Test.Server',
    threading: 'sta',
    methods: { Echo: (_call, value) => value, Pause: pause },
  })
  const thread = await ComThread.start({ binding: emulator.binding, apartment: 'sta', busyRetry: 0 })
  const object = await thread.createObject('Test.Server')
  emulator.registerMessageFilter(thread, filter)
  return { registration, thread, object }
}

it.each<[string, MessageFilter['retryRejectedCall'], string]>([
  [
    'throws',
    () => {
      throw new Error('of the filter')
    },
    'of the filter',
  ],
  ['answers NaN', () => Number.NaN, 'MessageFilter.retryRejectedCall: the result must be a number from -1'],
  ['answers a string', (() => '5') as never, 'got the string "5"'],
])(
  'retryRejectedCall that %s fails the call as rejected, and its thread lives on',
  async (_, ask, message) => {
    const { registration, thread, object } = await start({ retryRejectedCall: ask as never })
    const busy = registration.busy()
    const errors = await uncaughtDuring(async () => {
      expect(await rejection(object.call('Echo', [1]))).toMatchObject({
        hresult: HResult.RPC_E_CALL_REJECTED,
      })
    })
    expect(errors).toMatchObject([{ message: expect.stringContaining(message) }])
    busy[Symbol.dispose]()
    expect(await object.call('Echo', [2])).toBe(2)
    await thread[Symbol.asyncDispose]()
  },
)

it.each<[string, MessageFilter['messagePending'], string]>([
  [
    'throws',
    () => {
      throw new Error('of the filter')
    },
    'of the filter',
  ],
  ['answers nonsense', (() => 'maybe') as never, "must be 'cancel' or 'wait'"],
])('M1 messagePending that %s lets the call wait, and its thread lives on', async (_, ask, message) => {
  const resume = new EventEmitter()
  const begun = new EventEmitter()
  const pause = () => {
    begun.emit('call')
    return once(resume, 'call').then(() => undefined)
  }
  const { thread, object } = await start({ messagePending: ask as never }, pause)
  const errors = await uncaughtDuring(async () => {
    const begins = once(begun, 'call')
    const call = object.call('Pause')
    await begins
    emulator.postMessage(thread)
    await new Promise(resolve => setTimeout(resolve, 5))
    resume.emit('call')
    await call
  })
  expect(errors).toMatchObject([{ message: expect.stringContaining(message) }])
  expect(await object.call('Echo', [2])).toBe(2)
  await thread[Symbol.asyncDispose]()
})
