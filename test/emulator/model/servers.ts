// The servers of a program: methods that perform the task of the call's token.
import { ComError, HResult, type ServerCall } from 'com-cancel'
import { type EmulatedCall, EmulatedObject, RemoteObject } from 'com-cancel/emulator'
import type { Activity } from './activities'
import { abort, attempt, hasDied, noticed } from './calls'
import { chosen, type Task } from './program'
import type { CallRecord, ClientState, ServerState, World } from './world'

/** The error of a method or a handler that ends because its call was canceled. */
const canceled = () => new ComError(HResult.RPC_E_CALL_CANCELED, 'a method of the model')

export const registerServers = (world: World): void => {
  for (const server of world.servers) {
    const { spec, progId } = server
    server.registration = world.emulator.registerClass({
      progId,
      threading: spec.threading,
      server: spec.server === 'local' ? 'local' : 'inproc',
      methods: membersOf(world, server),
      events: ['Fired'],
    })
  }
}

const membersOf = (world: World, server: ServerState) => ({
  Do: (call: EmulatedCall, token: unknown, ...objects: unknown[]) =>
    carryOut(world, server, call, token, objects, () => token),
  Make: (call: EmulatedCall, token: unknown, ...objects: unknown[]) =>
    carryOut(world, server, call, token, objects, () => {
      const methods = membersOf(world, server)
      return new EmulatedObject({ methods: { ...methods, Token: () => token } })
    }),
})

/** Checks the apartment of a method. */
const judgePlace = (world: World, server: ServerState, call: EmulatedCall, record: CallRecord): void => {
  const { threading } = server.spec
  if (threading !== 'both' && call.apartment !== threading)
    world.violated(`call ${record.token} of an ${threading} server was carried out in an ${call.apartment}`)
  if (server.spec.server === 'inproc') return
  if (server.spec.server === 'isolated') {
    server.threads.add(call.threadId) // of one of its processes
    return
  }
  if (server.spec.server === 'hosted' && !world.runningHost(server))
    world.violated(`call ${record.token} was carried out in a process that has ended`)
  const { starts } = server.registration.counts
  if (starts !== server.starts) server.threads = new Set()
  server.starts = starts
  server.threads.add(call.threadId)
  if (threading === 'sta' && server.threads.size > 1)
    world.violated(`call ${record.token} was carried out on a second thread of an STA server`)
}

/** Runs a method or a handler on a client's thread, whose calls can't return meanwhile. */
export const asGuest = async <T>(
  world: World,
  client: ClientState | undefined,
  run: () => Promise<T>,
): Promise<T> => {
  if (!client) return run()
  client.guests++
  try {
    return await run()
  } finally {
    client.guests--
    client.keptUntil = Math.max(client.keptUntil, world.now)
    for (const call of client.pending) call.nested = true
  }
}

const carryOut = (
  world: World,
  server: ServerState,
  call: EmulatedCall,
  token: unknown,
  objects: unknown[],
  result: () => unknown,
): Promise<unknown> =>
  asGuest(world, world.clientOn(call.threadId), () =>
    perform(world, server, call, world.call(token), objects, result),
  )

const perform = async (
  world: World,
  server: ServerState,
  call: EmulatedCall,
  record: CallRecord,
  objects: unknown[],
  result: () => unknown,
): Promise<unknown> => {
  judgePlace(world, server, call, record)
  if (record.begun++ > 0) world.violated(`the method of call ${record.token} began a second time`)
  if (record.settled === 'yes' && !hasDied(record.maker))
    world.violated(`the method of call ${record.token} began when it had settled`)
  if (record.server !== server) world.violated(`call ${record.token} came to server ${server.number}`)
  const activity = world.activities.begin(record.token, call.threadId)
  try {
    const task = record.task ?? { ms: 0, notices: 'never', aborts: 'never', next: null }
    await work(world, call, record, task)
    if (task.aborts === 'after work') abort(world, record.root)
    if (task.next) await goOn(world, server, call, activity, record, objects, task)
    if (task.aborts === 'with reply') abort(world, record.root)
    return result()
  } finally {
    record.ended++
    world.activities.end(activity)
  }
}

const goOn = async (
  world: World,
  server: ServerState,
  call: EmulatedCall,
  activity: Activity,
  record: CallRecord,
  objects: unknown[],
  { next }: Task,
): Promise<void> => {
  if (!next) return
  const options = {
    parent: record,
    maker: server,
    client: world.clientOn(call.threadId),
    task: next.task,
  }
  if (next.at === 'event') {
    await world.activities.out(activity, () => fire(world, server, call, record))
    return
  }
  const [callback, ...others] = objects
  const target = next.at === 'client' ? callback : chosen(others, next.at)
  if (!(target instanceof RemoteObject)) return
  const callee = next.at === 'client' ? calleeOf(record) : undefined
  const called = next.at === 'client' ? undefined : chosen(world.servers, next.at)
  await world.activities.out(activity, () =>
    attempt(
      world,
      { ...options, what: callee ? 'of a callback' : 'from server to server', callee, server: called },
      token => (callee ? target.call(0, [token]) : target.call('Do', [token, ...objects])),
    ),
  )
}

/** The client whose callback was passed with the outermost call. */
const calleeOf = (record: CallRecord): ClientState | undefined => record.root.client

const fire = async (
  world: World,
  server: ServerState,
  call: EmulatedCall,
  record: CallRecord,
): Promise<void> => {
  try {
    const delivered = await call.fire('Fired', record.token)
    const heard = world.heard.get(record.token) ?? 0
    if (delivered > heard)
      world.violated(`event ${record.token} was delivered ${delivered} times, and heard ${heard} times`)
  } catch (error) {
    if (server.diedAt === Number.NEGATIVE_INFINITY)
      world.violated(`event ${record.token} failed: ${String(error)}`)
  }
}

/** Takes the time of a task; throws when it sees that its call was canceled. */
export const work = async (
  world: World,
  call: EmulatedCall | ServerCall,
  record: CallRecord,
  { ms, notices }: Task,
): Promise<void> => {
  const { clock } = world.emulator
  const stopCanceled = () => {
    noticed(world, record)
    throw canceled()
  }
  if (notices === 'polls') {
    for (let left = ms; left > 0; left--) {
      if (call.testCancel()) stopCanceled()
      await clock.delay(1)
    }
    if (call.testCancel()) stopCanceled()
  } else if (notices === 'signal') {
    const { signal } = call
    if (!signal.aborted) {
      await new Promise<void>(resolve => {
        for (const each of [signal, clock.timeout(ms)])
          each.addEventListener('abort', () => resolve(), { once: true })
      })
    }
    if (signal.aborted) stopCanceled()
  } else await clock.delay(ms)
}
