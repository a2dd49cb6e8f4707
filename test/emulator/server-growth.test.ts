// Cost of calls to emulated servers in order of magnitude: what else is pending costs a call nothing.
import { HResult } from 'com-cancel'
import { Emulator } from 'com-cancel/emulator'
import { expect, it } from 'vitest'
import type { BindingPointer, BindingThread, CallOutcome } from '../../binding'

const options = { apartment: 'mta', callCancellation: true, busyRetry: 0 } as const
const activation = { kind: 'create', name: 'A.Server', context: 5, server: null } as const
const invocation = { member: 'Get', kind: 'call', args: [], named: [] } as const

const pointerOf = ({ value }: CallOutcome): BindingPointer => {
  if (value?.type !== 'dispatch' || !value.value) throw new Error('no object')
  return value.value as BindingPointer
}

const startThreads = async ({ binding }: Emulator, count: number) => {
  const threads: BindingThread[] = []
  for (let i = 0; i < count; i++) threads.push(binding.startThread(options, () => {}))
  return Promise.all(
    threads.map(
      thread =>
        new Promise<{ thread: BindingThread; object: BindingPointer }>(resolve =>
          thread.activate(activation, outcome => resolve({ thread, object: pointerOf(outcome) })),
        ),
    ),
  )
}

const closeAll = (threads: { thread: BindingThread }[]) =>
  Promise.all(threads.map(({ thread }) => new Promise<void>(resolve => thread.close(resolve))))

const idle = { threads: 0, jobs: 0, objects: 0, pointers: 0, handles: 0 }

/** Milliseconds for n calls on as many threads, all pending in a server that hangs, all canceled. */
const hanging = async (n: number, threading: 'sta' | 'mta'): Promise<number> => {
  const emulator = new Emulator()
  const { binding } = emulator
  const registration = emulator.registerClass({ progId: 'A.Server', threading, methods: { Get: () => 1 } })
  const since = performance.now()
  const threads = await startThreads(emulator, n)
  registration.hang = true
  const ended = threads.map(
    ({ thread, object }) =>
      new Promise<number>(resolve =>
        thread.ask(object, { ...invocation, args: [], named: [] }, ({ hresult }) => resolve(hresult)),
      ),
  )
  const canceled = threads.map(
    ({ thread }) => new Promise<number>(resolve => binding.cancelCall(thread.id, 0, resolve)),
  )
  expect((await Promise.all(canceled)).every(hr => hr === HResult.S_OK)).toBe(true)
  expect((await Promise.all(ended)).every(hr => hr === HResult.RPC_E_CALL_CANCELED)).toBe(true)
  await closeAll(threads)
  expect(binding.diagnostics()).toEqual(idle)
  return performance.now() - since
}

/** Milliseconds for n calls queued on one thread; every second one fails before it reaches the server. */
const inOneQueue = async (n: number, server: 'local' | 'inproc'): Promise<number> => {
  const emulator = new Emulator()
  const registration = emulator.registerClass({ progId: 'A.Server', server, methods: { Get: () => 1 } })
  const since = performance.now()
  const [client] = await startThreads(emulator, 1)
  if (!client) throw new Error('no thread')
  const call = (member: string) =>
    new Promise<number>(resolve =>
      client.thread.ask(client.object, { ...invocation, member, args: [], named: [] }, ({ hresult }) =>
        resolve(hresult),
      ),
    )
  const ended = Array.from({ length: n }, (_, i) => call(i % 2 ? 'Get' : 'None'))
  expect((await Promise.all(ended)).filter(hr => hr === 0).length).toBe(n / 2)
  registration.fail = HResult.E_FAIL
  expect((await Promise.all(Array.from({ length: n }, () => call('Get')))).every(hr => hr < 0)).toBe(true)
  await closeAll([client])
  expect(emulator.binding.diagnostics()).toEqual(idle)
  return performance.now() - since
}

for (const [name, run] of [
  ['to a server that hangs, MTA', (n: number) => hanging(n, 'mta')],
  ['to a server that hangs, STA', (n: number) => hanging(n, 'sta')],
  ['in one queue, local', (n: number) => inOneQueue(n, 'local')],
  ['in one queue, in process', (n: number) => inOneQueue(n, 'inproc')],
] as const)
  it(`100,000 calls cost what ten times 10,000 cost: ${name}`, { timeout: 120_000 }, async () => {
    await run(10_000) // warm
    const small = await run(10_000)
    const large = await run(100_000)
    // Quadratic growth would be 100; linear is 10, and the rest is for a machine that is busy.
    expect(large / small).toBeLessThan(40)
  })
