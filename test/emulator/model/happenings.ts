// Events of a program: cancels by thread id, faults of servers, and the end of clients and servers.
import { ComError, type ComHost, HResult } from 'com-cancel'
import { FAILING, isKept } from './calls'
import type { Client } from './clients'
import { chosen, type Happening } from './program'
import type { ServerState, World } from './world'

type Cancel = Extract<Happening, { what: 'cancel' }>

const FOREVER = Number.POSITIVE_INFINITY

export const happen = async (
  world: World,
  clients: readonly Client[],
  happening: Happening,
): Promise<void> => {
  const { clock } = world.emulator
  await clock.delay(happening.at)
  switch (happening.what) {
    case 'cancel':
      return cancel(world, chosen(clients, happening.client), happening)
    case 'dispose':
      return chosen(clients, happening.client).dispose()
    case 'message': {
      const { thread, state } = chosen(clients, happening.client)
      if (state.spec.apartment === 'mta' || thread.state === 'disposed') return
      state.messages = true
      world.emulator.postMessage(thread)
      return
    }
    case 'die': {
      const server = chosen(world.servers, happening.server)
      if (server.spec.server === 'local') {
        server.died()
        server.registration.die()
      } else if (server.spec.server === 'isolated') {
        if (happening.how === 'crash' && world.isolatedHosts(server) > 0) {
          server.registration.crash()
          world.isolatedDied()
        }
      } else {
        const host = world.runningHost(server)
        if (host) endHost(server, host, happening.how)
      }
      return
    }
    case 'block': {
      world.blocks++
      world.blockedUntil = FOREVER
      const block = world.emulator.blockCancelOperations()
      await clock.delay(happening.ms)
      block[Symbol.dispose]()
      if (--world.blocks === 0) world.blockedUntil = world.now
      return
    }
    default:
      return flip(world, happening)
  }
}

const endHost = (server: ServerState, host: ComHost, how: 'terminate' | 'crash' | 'close'): void => {
  // It can crash only once it has loaded the server.
  if (how === 'crash' && server.loaded) server.registration.crash()
  else if (how === 'close') {
    server.closing = true
    void host.close()
  } else host.terminate()
}

const flip = async (world: World, { what, server: number, ms }: Switch): Promise<void> => {
  const { clock } = world.emulator
  const server = chosen(world.servers, number)
  const { registration } = server
  switch (what) {
    case 'hang':
      registration.hang = true
      await clock.delay(ms)
      registration.hang = false
      return
    case 'never starts':
      registration.neverStarts = true
      await clock.delay(ms)
      registration.neverStarts = false
      return
    case 'fail':
      registration.fail = FAILING
      server.failingUntil = FOREVER
      await clock.delay(ms)
      registration.fail = null
      server.failingUntil = world.now
      return
    case 'latency':
      registration.latency = 3
      await clock.delay(ms)
      registration.latency = 0
      return
    default:
      if (server.spec.threading !== 'sta') return
      server.busies++
      server.busyUntil = FOREVER
      registration.busy(ms, { reject: what === 'rejecting' })
      await clock.delay(ms)
      if (--server.busies === 0) server.busyUntil = world.now
  }
}

type Switch = Extract<Happening, { server: number; ms: number }>

const cancel = async (world: World, client: Client, { how, timeout }: Cancel): Promise<void> => {
  const { state, thread } = client
  const { callCancellation } = state.spec
  const since = world.now
  const pending = [...state.pending]
  state.canceledAt = since
  const said = await requestCancel(world, client, { how, timeout }).catch((error: unknown) =>
    error instanceof ComError ? error.hresult : String(error),
  )
  state.canceledAt = Math.max(state.canceledAt, since)
  const wrong = () =>
    world.violated(`${how} of client ${state.number} with timeout ${timeout}, at ${since} ms, said ${said}`)
  if (typeof said === 'number') {
    const none: number[] = [HResult.E_NOINTERFACE]
    if (!callCancellation) none.push(HResult.CO_E_CANCEL_DISABLED)
    if (thread.state === 'disposed') none.push(HResult.RPC_E_DISCONNECTED)
    if (!none.includes(said)) wrong()
    return
  }
  if (!callCancellation) wrong()
  if (said !== 'requested') return
  state.requested++
  if (how !== 'coCancelCall' && world.now - since > timeout + world.slept) wrong()
  // A released call returns at once unless something is on top of it.
  if (timeout > 0) return
  await world.emulator.clock.delay(1)
  if (!isKept(state, since) && pending.length > 0 && pending.every(each => each.settled === 'no'))
    world.violated(`client ${state.number} was canceled at ${since} ms, and no call of it came back`)
}

const requestCancel = async (
  world: World,
  { thread }: Client,
  { how, timeout }: { how: Cancel['how']; timeout: number },
): Promise<string> => {
  const { functions } = world
  if (how === 'thread.cancel') return thread.cancel({ timeout })
  if (how === 'cancelCall') return functions.cancelCall(thread.id, { timeout })
  const before = world.now
  try {
    return functions.coCancelCall(thread.id, { timeout })
  } finally {
    world.slept += world.now - before
  }
}
