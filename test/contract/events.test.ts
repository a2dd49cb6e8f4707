// Events that both bindings publish: the same, in the same order per thread.
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import {
  backend,
  CancelObject,
  type ComEvent,
  type ComEventType,
  cancelCall,
  coDisableCallCancellation,
  coEnableCallCancellation,
  coInitializeEx,
  coSetCancelObject,
  coSwitchCallContext,
  coUninitialize,
  type EventLog,
  getCurrentThreadId,
  HResult,
  raw,
  record,
  type ThreadId,
  wait,
} from 'com-cancel'
import { describe, expect, it } from 'vitest'
import type { BindingPointer, BindingThread, CallOutcome, Invocation } from '../../binding'
import { callOf, createUnknown, defaultBinding, leaveNothingBehind, own, startThread } from '../support/com'
import { rejection } from '../support/errors'
import { LONG, soon, until } from '../support/until'

leaveNothingBehind()

const { S_OK, E_NOINTERFACE, CO_E_CANCEL_DISABLED, RPC_E_CALL_CANCELED } = HResult

const recorded = (): EventLog => own(record())

/** The events of a thread, without those that only the emulator publishes. */
const seenOn = (log: EventLog, threadId: ThreadId): ComEvent[] =>
  log.events.filter(event => event.threadId === threadId && !/^(call|server):/.test(event.type))

const typesOn = (log: EventLog, threadId: ThreadId): ComEventType[] =>
  seenOn(log, threadId).map(({ type }) => type)

describe.each(['mta', 'sta'] as const)('a thread of kind %s', apartment => {
  it('starts, enters its apartment, makes calls, and ends', async () => {
    const log = recorded()
    const me = getCurrentThreadId()
    const thread = await startThread({ apartment })
    await thread.wait(1)
    await thread[Symbol.asyncDispose]()
    expect(seenOn(log, thread.id)).toMatchObject([
      { type: 'thread:started', from: me, apartment, callCancellation: true, binding: backend.kind },
      { type: 'thread:entered', hresult: S_OK },
      { type: 'job:queued', operation: 'wait', name: 'wait', from: me },
      { type: 'job:ended', hresult: S_OK },
      { type: 'thread:closing', from: me },
      { type: 'thread:ended' },
    ])
    const times = log.events.map(({ time }) => time)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
  })

  it('C2 the request of a cancel and its answer are events of the canceling thread, the end of the call of the canceled', async () => {
    const thread = await startThread({ apartment })
    const log = recorded()
    const blocked = rejection(thread.wait(LONG))
    await callOf(thread.id)
    raw.coCancelCall(thread.id)
    await blocked
    const request = { function: 'CoCancelCall', target: thread.id, seconds: 0 }
    expect(seenOn(log, getCurrentThreadId())).toMatchObject([
      { type: 'cancel:requested', ...request },
      { type: 'cancel:returned', ...request, hresult: S_OK },
    ])
    expect(seenOn(log, thread.id)).toMatchObject([
      { type: 'job:queued' },
      { type: 'job:ended', hresult: RPC_E_CALL_CANCELED },
    ])
    log.assertOrder('job:queued', 'cancel:requested', 'cancel:returned', 'job:ended')
    expect(log.call('wait')).toMatchObject({ caller: thread.id, canceled: true, outcome: 'canceled' })
  })

  it('a signal cancels a running call and removes a queued one', async () => {
    const thread = await startThread({ apartment })
    const log = recorded()
    const controller = new AbortController()
    const running = rejection(thread.wait(LONG, { signal: controller.signal }))
    const queued = new AbortController()
    const waiting = rejection(thread.wait(LONG, { signal: queued.signal }))
    await callOf(thread.id)
    queued.abort()
    await waiting
    controller.abort()
    await running
    const [first, second] = log.of('job:queued')
    expect(seenOn(log, thread.id).slice(2)).toMatchObject([
      { type: 'job:canceled', job: second?.job, from: getCurrentThreadId() },
      { type: 'job:withdrawn', job: second?.job },
      { type: 'job:ended', job: second?.job, hresult: RPC_E_CALL_CANCELED },
      { type: 'job:canceled', job: first?.job },
      { type: 'job:ended', job: first?.job, hresult: RPC_E_CALL_CANCELED },
    ])
    expect(log.calls).toMatchObject([{ job: first?.job, canceled: true }])
  })

  it('each function that cancels has its name in the event', async () => {
    const thread = await startThread({ apartment })
    const log = recorded()
    const cancels: [string, () => unknown][] = [
      ['cancelCall', () => cancelCall(thread.id)],
      ['ComThread.cancel', () => thread.cancel()],
      ['ICancelMethodCalls::Cancel', async () => (await callOf(thread.id)).cancel()],
    ]
    for (const [, cancel] of cancels) {
      const blocked = rejection(thread.wait(LONG))
      await callOf(thread.id)
      await cancel()
      await blocked
    }
    const functions = cancels.map(([name]) => name)
    expect(log.of('cancel:requested').map(event => event.function)).toEqual(functions)
    expect(log.of('cancel:returned', { hresult: S_OK, target: thread.id })).toHaveLength(3)
  })
})

describe('the calling thread', () => {
  it('E2 E4 enables and disables', () => {
    const log = recorded()
    coEnableCallCancellation()
    coDisableCallCancellation()
    raw.coDisableCallCancellation()
    expect(seenOn(log, getCurrentThreadId())).toMatchObject([
      { type: 'cancellation:enabled', hresult: S_OK },
      { type: 'cancellation:disabled', hresult: S_OK },
      { type: 'cancellation:disabled', hresult: CO_E_CANCEL_DISABLED },
    ])
  })

  it('O1 O3 registers cancel objects, which are canceled, and switches call contexts', () => {
    const object = own(new CancelObject())
    const log = recorded()
    coSetCancelObject(object)
    object.cancel()
    coSetCancelObject(null)
    raw.coSetCancelObject(createUnknown())
    coSwitchCallContext(object)
    coSwitchCallContext(null)?.[Symbol.dispose]()
    expect(seenOn(log, getCurrentThreadId())).toMatchObject([
      { type: 'cancel-object:set', hresult: S_OK },
      { type: 'cancel:requested', function: 'ICancelMethodCalls::Cancel', target: getCurrentThreadId() },
      { type: 'cancel:returned', hresult: S_OK },
      { type: 'cancel-object:unset', hresult: S_OK },
      { type: 'cancel-object:set', hresult: E_NOINTERFACE },
      { type: 'context:switched', to: 'context', hresult: S_OK },
      { type: 'context:switched', to: 'none', hresult: S_OK },
    ])
  })

  it('C12 requests a cancel without a pending call', async () => {
    const log = recorded()
    raw.coCancelCall(0)
    await rejection(cancelCall(0))
    const me = getCurrentThreadId()
    expect(log.of('cancel:returned', { target: me, hresult: E_NOINTERFACE })).toMatchObject([
      { function: 'CoCancelCall', threadId: me },
      { function: 'cancelCall', threadId: me },
    ])
  })

  it('enters an apartment, waits, and leaves it', () => {
    const log = recorded()
    coInitializeEx('mta')
    wait(1, { cancelable: false })
    coUninitialize()
    expect(seenOn(log, getCurrentThreadId())).toMatchObject([
      { type: 'apartment:entered', coInit: 0 },
      { type: 'wait:began', ms: 1, cancelable: false },
      { type: 'wait:ended', hresult: S_OK },
      { type: 'apartment:left', hresult: S_OK },
    ])
    expect(log.call('wait')).toMatchObject({ caller: getCurrentThreadId(), outcome: 'completed' })
  })
})

/** Another thread's reference of an object that JavaScript implements. */
const implemented = async (invoke: (key: number) => void, canceled: (key: number) => void) => {
  const binding = defaultBinding()
  const started = async () => {
    let thread: BindingThread | undefined
    const hresult = await new Promise(resolve => {
      thread = binding.startThread(
        { apartment: 'sta', callCancellation: true, busyRetry: 0, grace: 100 },
        resolve,
      )
    })
    if (!thread || hresult !== S_OK) throw new Error(`no thread: ${hresult}`)
    const { id } = thread
    own({ [Symbol.asyncDispose]: () => new Promise<void>(resolve => thread?.close(resolve)) })
    return { thread, id }
  }
  const [home, caller] = [await started(), await started()]
  const made = home.thread.implement({
    members: { ping: 1 },
    iid: null,
    invoke: call => invoke(call.key),
    canceled,
  })
  const adopted = await new Promise<CallOutcome>(resolve => caller.thread.adopt(made, resolve))
  const object = (adopted.value as { value: BindingPointer }).value
  own({
    [Symbol.dispose]: () => {
      object.release()
      made.release()
    },
  })
  return { binding, home, caller, object }
}

const ping: Invocation = { member: 1, kind: 'call', args: [], named: [] }

describe('an object that JavaScript implements', () => {
  it('is called, and replies', async () => {
    const log = recorded()
    const { binding, home, caller, object } = await implemented(
      key => binding.reply(key, { hresult: S_OK }),
      () => {},
    )
    const outcome = await soon(
      'the call is back',
      new Promise<CallOutcome>(resolve => caller.thread.ask(object, ping, resolve)),
    )
    expect(outcome.hresult).toBe(S_OK)
    expect(typesOn(log, caller.id)).toEqual([
      'thread:started',
      'thread:entered',
      'job:queued',
      'job:ended',
      'job:queued',
      'job:ended',
    ])
    const [received] = log.of('incoming:received', { threadId: home.id })
    expect(received).toMatchObject({ dispid: 1, kind: 'call' })
    expect(seenOn(log, home.id).filter(({ type }) => !/^(thread|context):/.test(type))).toMatchObject([
      { type: 'incoming:received', key: received?.key },
      { type: 'incoming:replied', key: received?.key, hresult: S_OK },
    ])
  })

  it('S2 is notified that its caller has canceled', async () => {
    const log = recorded()
    const keys: number[] = []
    const canceled: number[] = []
    const { binding, home, caller, object } = await implemented(
      key => keys.push(key),
      key => canceled.push(key),
    )
    let job = 0
    const ended = new Promise<CallOutcome>(resolve => {
      job = caller.thread.ask(object, ping, resolve)
    })
    const key = await until('the call has come in', () => keys[0])
    binding.cancelJob(job)
    await until('the cancel has come in', () => canceled.length > 0)
    binding.reply(key, { hresult: RPC_E_CALL_CANCELED })
    expect((await soon('the call is back', ended)).hresult).toBe(RPC_E_CALL_CANCELED)
    expect(typesOn(log, home.id).filter(type => type.startsWith('incoming:'))).toEqual([
      'incoming:received',
      'incoming:canceled',
      'incoming:replied',
    ])
    log.assertOrder(
      'incoming:received',
      { type: 'job:canceled', job, threadId: caller.id },
      { type: 'incoming:canceled', key },
    )
  })
})

it('publishes each type on a channel of its own', () => {
  const names: string[] = []
  const listen = (event: unknown, name: string | symbol) =>
    names.push(`${String(name)} ${(event as ComEvent).type}`)
  subscribe('com-cancel:cancellation:enabled', listen)
  try {
    coEnableCallCancellation()
    coDisableCallCancellation()
  } finally {
    unsubscribe('com-cancel:cancellation:enabled', listen)
  }
  coEnableCallCancellation()
  coDisableCallCancellation()
  expect(names).toEqual(['com-cancel:cancellation:enabled cancellation:enabled'])
})

it('the event log records until it is disposed of', () => {
  const log = record()
  coEnableCallCancellation()
  log[Symbol.dispose]()
  log[Symbol.dispose]()
  coDisableCallCancellation()
  expect(log.events.map(({ type }) => type)).toEqual(['cancellation:enabled'])
  expect(log.recording).toBe(false)
})
