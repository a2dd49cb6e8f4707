// Growth of cost: ten times as many pending calls take about ten times the processor time.
import { HResult } from 'com-cancel'
import { Emulator } from 'com-cancel/emulator'
import { expect, it } from 'vitest'
import type { BindingPointer, BindingThread, CallOutcome } from '../../binding'

const options = { apartment: 'mta', callCancellation: true, busyRetry: 0, grace: 100 } as const
const wait = { ms: 600_000, cancelable: true } as const
const activation = { kind: 'create', name: 'A.Server', context: 5, server: null } as const
const invocation = { member: 'Get', kind: 'call', args: [], named: [] } as const
const idle = { threads: 0, jobs: 0, objects: 0, pointers: 0, handles: 0 }

const closeAll = (threads: readonly BindingThread[]) =>
  Promise.all(threads.map(thread => new Promise<void>(resolve => thread.close(resolve))))

/** n threads, a wait pending on each of them, all canceled. */
const waitsOnThreads = async (n: number): Promise<void> => {
  const { binding } = new Emulator()
  const threads = await new Promise<BindingThread[]>(resolve => {
    let left = n
    const started = Array.from({ length: n }, () =>
      binding.startThread(options, () => --left === 0 && resolve(started)),
    )
  })
  const ended = threads.map(thread => new Promise<number>(resolve => thread.wait(wait, resolve)))
  const results = threads.map(
    thread => new Promise<number>(resolve => binding.cancelCall(thread.id, 0, resolve)),
  )
  expect((await Promise.all(results)).every(hr => hr === HResult.S_OK)).toBe(true)
  expect((await Promise.all(ended)).every(hr => hr === HResult.RPC_E_CALL_CANCELED)).toBe(true)
  await closeAll(threads)
  expect(binding.diagnostics()).toEqual(idle)
}

/** n waits in the queue of one thread, canceled from the middle outwards. */
const waitsInOneQueue = async (n: number): Promise<void> => {
  const { binding } = new Emulator()
  const thread = binding.startThread(options, () => {})
  const jobs: number[] = []
  const ended = Array.from(
    { length: n },
    () => new Promise<number>(resolve => jobs.push(thread.wait(wait, resolve))),
  )
  const half = n >> 1
  for (const job of [...jobs.slice(half), ...jobs.slice(0, half)]) binding.cancelJob(job)
  expect((await Promise.all(ended)).every(hr => hr === HResult.RPC_E_CALL_CANCELED)).toBe(true)
  await closeAll([thread])
}

const pointerOf = ({ value }: CallOutcome): BindingPointer => {
  if (value?.type !== 'dispatch' || !value.value) throw new Error('no object')
  return value.value as BindingPointer
}

/** Threads, each with an object of the server. */
const startClients = async ({ binding }: Emulator, count: number) => {
  const threads = Array.from({ length: count }, () => binding.startThread(options, () => {}))
  return Promise.all(
    threads.map(
      thread =>
        new Promise<{ thread: BindingThread; object: BindingPointer }>(resolve =>
          thread.activate(activation, outcome => resolve({ thread, object: pointerOf(outcome) })),
        ),
    ),
  )
}

/** n calls on as many threads, all pending in a server that hangs, all canceled. */
const callsToHangingServer = async (n: number, threading: 'sta' | 'mta'): Promise<void> => {
  const emulator = new Emulator()
  const { binding } = emulator
  const registration = emulator.registerClass({ progId: 'A.Server', threading, methods: { Get: () => 1 } })
  const clients = await startClients(emulator, n)
  registration.hang = true
  const ended = clients.map(
    ({ thread, object }) =>
      new Promise<number>(resolve =>
        thread.ask(object, { ...invocation, args: [], named: [] }, ({ hresult }) => resolve(hresult)),
      ),
  )
  const canceled = clients.map(
    ({ thread }) => new Promise<number>(resolve => binding.cancelCall(thread.id, 0, resolve)),
  )
  expect((await Promise.all(canceled)).every(hr => hr === HResult.S_OK)).toBe(true)
  expect((await Promise.all(ended)).every(hr => hr === HResult.RPC_E_CALL_CANCELED)).toBe(true)
  await closeAll(clients.map(({ thread }) => thread))
  expect(binding.diagnostics()).toEqual(idle)
}

/** n calls queued on one thread; every second one fails before it reaches the server. */
const callsInOneQueue = async (n: number, server: 'local' | 'inproc'): Promise<void> => {
  const emulator = new Emulator()
  const registration = emulator.registerClass({ progId: 'A.Server', server, methods: { Get: () => 1 } })
  const [client] = await startClients(emulator, 1)
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
  await closeAll([client.thread])
  expect(emulator.binding.diagnostics()).toEqual(idle)
}

/** Milliseconds of processor time of this process, which other processes do not add to. */
const cost = async (run: (n: number) => Promise<void>, n: number): Promise<number> => {
  const before = process.cpuUsage()
  await run(n)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

const FEW = 1_000

/** Linear growth costs 10 times as much, quadratic growth 100 times. */
const LIMIT = 40

it.each([
  ['waits on as many threads', waitsOnThreads],
  ['waits in one queue', waitsInOneQueue],
  ['calls to a server that hangs, MTA', (n: number) => callsToHangingServer(n, 'mta')],
  ['calls to a server that hangs, STA', (n: number) => callsToHangingServer(n, 'sta')],
  ['calls in one queue, local server', (n: number) => callsInOneQueue(n, 'local')],
  ['calls in one queue, server in process', (n: number) => callsInOneQueue(n, 'inproc')],
] as const)(
  `${10 * FEW} of them cost about ten times as much as ${FEW}: %s`,
  {
    timeout: 120_000,
  },
  async (_, run) => {
    await run(FEW) // warms up
    const few = await cost(run, FEW)
    let many = await cost(run, 10 * FEW)
    // A collection of garbage may fall into the measurement.
    for (let attempt = 1; attempt < 3 && many / few >= LIMIT; attempt++) many = await cost(run, 10 * FEW)
    expect(many / few).toBeLessThan(LIMIT)
  },
)
