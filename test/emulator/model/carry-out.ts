// Runs a program in an emulator, and checks at its end that every call has settled and nothing is left.
import type { ComThread } from 'com-cancel'
import type { Emulator } from 'com-cancel/emulator'
import { attempt, nameOf } from './calls'
import { Client } from './clients'
import { happen } from './happenings'
import type { Program } from './program'
import { registerServers } from './servers'
import { type ServerState, type Tally, World } from './world'

/** Longer than anything in a program takes. */
const LONG = 5_000

/** With `logged`, a program that fails prints its events. */
export const carryOut = async (
  program: Program,
  emulator: Emulator,
  tally: Tally,
  logged = false,
): Promise<void> => {
  const log = logged ? emulator.record() : undefined
  try {
    await run(new World(emulator, program, tally), program)
  } catch (error) {
    if (log) console.log(String(log))
    throw error
  }
}

const run = async (world: World, program: Program): Promise<void> => {
  const { emulator } = world
  registerServers(world)
  const clients = await Promise.all(world.clients.map(state => Client.start(world, state)))
  const steps = clients.map(client => client.run(clients))
  await Promise.all([...steps, ...program.happenings.map(each => happen(world, clients, each))])
  await quiet(world)
  judgeCalls(world)
  for (const client of clients) await judgeThread(world, client)
  for (const client of clients) await client.release()
  await quiet(world)
  expectCounts(world, { jobs: 0, objects: 0, pointers: 0 })
  await Promise.all(clients.map(client => client.dispose()))
  await Promise.all(world.servers.map(each => world.runningHost(each)?.close()))
  await quiet(world)
  if (emulator.hosts.running.length > 0) world.violated('a host process runs, and nothing needs it')
  expectCounts(world, { threads: 0, jobs: 0, objects: 0, pointers: 0 })
  if (world.owed > 0) world.violated(`${world.owed} callbacks were never called`)
  judgeServers(world)
  report(world)
  emulator.assertIdle()
}

/** Every call is back, and every method and handler has ended. */
const quiet = async (world: World): Promise<void> => {
  const { clock } = world.emulator
  const atWork = () =>
    world.binding.diagnostics().jobs +
    clock.timers +
    world.activities.count +
    world.clients.reduce((sum, { guests }) => sum + guests, 0)
  const end = world.now + LONG
  do {
    await clock.delay(1)
    if (world.now > end) world.violated('it does not come to an end')
  } while (atWork() > 0 && world.now <= end)
  // Callers of what has just ended are notified.
  await clock.delay(1)
  report(world)
}

const report = (world: World): void => {
  if (world.violations.length > 0) throw new Error(world.violations.join('\n'))
}

const judgeCalls = (world: World): void => {
  for (const call of world.calls.values()) {
    if (call.settled === 'no') world.violated(`${nameOf(call)} has not settled`)
    if (call.begun > 1 || call.begun !== call.ended)
      world.violated(`the method of ${nameOf(call)} began ${call.begun} times, ended ${call.ended} times`)
  }
  for (const client of world.clients)
    if (client.requested > client.canceled)
      world.violated(
        `client ${client.number} was canceled ${client.requested} times, and ${client.canceled} calls were canceled`,
      )
}

/** It is free again, and its next call is its own. */
const judgeThread = async (world: World, { thread, state }: Client): Promise<void> => {
  if (thread.state === 'disposed') return
  if (thread.state !== 'idle') world.violated(`client ${state.number} is ${thread.state} in the end`)
  const server = world.servers[0]
  if (!server) return
  const task = { ms: 1, notices: 'never', aborts: 'never', next: null } as const
  const done = await attempt(world, { what: 'the last one', client: state, server, task }, token =>
    lastCall(world, thread, server, token),
  )
  if (done === undefined) world.violated(`the last call of client ${state.number} failed`)
}

const lastCall = async (
  world: World,
  thread: ComThread,
  server: ServerState,
  token: number,
): Promise<unknown> => {
  const { spec, progId } = server
  const options = {
    ...(spec.server === 'hosted' && { host: await world.hostOf(server) }),
    ...(spec.server === 'isolated' && { isolated: true }),
  }
  const object = await thread.createObject(progId, options)
  try {
    return await object.call('Do', [token])
  } finally {
    object[Symbol.dispose]()
  }
}

const judgeServers = (world: World): void => {
  for (const { registration, number } of world.servers) {
    const { calls, finished, canceled, objects } = registration.counts
    const own = [...world.calls.values()].filter(each => each.server?.number === number)
    const said = own.filter(each => each.endedByCancel && each.begun > 0).length
    if (calls !== finished + canceled || canceled !== said || objects !== 0)
      world.violated(
        `server ${number} counts ${calls} calls, ${finished} finished, ${canceled} canceled (of ${said}), ${objects} objects`,
      )
  }
}

const expectCounts = (world: World, expected: Record<string, number>): void => {
  const counts: Record<string, number> = { ...world.binding.diagnostics() }
  for (const [what, count] of Object.entries(expected))
    if (counts[what] !== count) world.violated(`${what}: ${counts[what]} instead of ${count}`)
  report(world)
}
