// Makes the calls of a program, and checks that each ended in a way that the contract allows.
import { ComAbortError, ComError, HResult } from 'com-cancel'
import { inHost, type Signal, type Task } from './program'
import type { CallRecord, ClientState, ServerState, World } from './world'

/** The code with which a server fails while its `fail` switch is on. */
export const FAILING = HResult.E_FAIL

/** Milliseconds between two attempts to cancel: a canceled call lasts no longer, unless something is on top of it. */
const LONGEST_PAUSE = 50

export interface CallOptions {
  what: string
  task?: Task | undefined
  client?: ClientState | undefined
  maker?: ServerState | undefined
  server?: ServerState | undefined
  callee?: ClientState | undefined
  parent?: CallRecord | undefined
  signal?: Signal
  timeout?: number | null
  /** The signal of the call that it is made for. */
  linked?: AbortSignal | undefined
}

/**
 * Makes a call and checks how it settles. Fulfils with its result, or undefined when it failed in an allowed way;
 * never rejects.
 */
export const attempt = async <T>(
  world: World,
  options: CallOptions,
  make: (token: number, options: { signal?: AbortSignal; timeout?: number }) => Promise<T>,
  isOwn: (result: T, token: number) => boolean = (result, token) => result === token,
): Promise<T | undefined> => {
  const call = record(world, options)
  const { client } = call
  const signal = call.controller?.signal ?? options.linked
  if (!call.maker) client?.pending.add(call)
  try {
    const { timeout } = call
    const result = await make(call.token, { ...(signal && { signal }), ...(timeout !== null && { timeout }) })
    if (!isOwn(result, call.token)) world.violated(`${nameOf(call)} got ${String(result)}`)
    if (call.controller?.signal.aborted) world.violated(`${nameOf(call)} fulfilled, and its signal had fired`)
    if (call.task && (call.begun !== 1 || call.ended !== 1))
      world.violated(
        `${nameOf(call)} fulfilled, and its method began ${call.begun} times, ended ${call.ended}`,
      )
    call.settled = 'yes'
    world.count('a reply')
    return result
  } catch (error) {
    call.settled = judge(world, call, error, options.linked)
    return undefined
  } finally {
    client?.pending.delete(call)
    // A call that began inside of a handler keeps the calls under it until it has returned, also after the handler.
    if (client && call.nested) client.keptUntil = Math.max(client.keptUntil, world.now)
  }
}

export const abort = (world: World, call: CallRecord): void => {
  const { controller, client } = call
  if (!controller || controller.signal.aborted) return
  call.abortedAt = world.now
  if (client && call.settled === 'no') client.aborted = true
  controller.abort(call.reason)
}

/** A method or a handler sees that its call was canceled, or that the thread of the handler was closed. */
export const noticed = (world: World, call: CallRecord): void => {
  if (!mayBeCanceled(call) && !gone(call.callee))
    world.violated(`${nameOf(call)} was canceled without a reason`)
  call.endedByCancel = true
}

const record = (
  world: World,
  { what, task, client, maker, server, callee, parent, linked, signal = 'none', timeout = null }: CallOptions,
): CallRecord => {
  const token = world.nextToken()
  const call: CallRecord = {
    token,
    what,
    task,
    client,
    maker,
    server,
    callee,
    get root() {
      return parent?.root ?? call
    },
    linked,
    controller: signal === 'none' ? undefined : new AbortController(),
    reason: { token },
    timeout,
    madeAt: world.now,
    abortedAt: Number.POSITIVE_INFINITY,
    settled: 'no',
    begun: 0,
    ended: 0,
    endedByCancel: false,
    nested: false,
  }
  world.calls.set(token, call)
  // It may end at any later moment.
  if (client && timeout !== null) client.aborted = true
  if (signal === 'before') abort(world, call)
  if (typeof signal === 'number')
    world.emulator.clock.timeout(signal).addEventListener('abort', () => abort(world, call))
  return call
}

export const nameOf = ({ token, what, madeAt }: CallRecord): string =>
  `call ${token} (${what}, made at ${madeAt} ms)`

const judge = (
  world: World,
  call: CallRecord,
  error: unknown,
  linked: AbortSignal | undefined,
): 'yes' | 'left' => {
  const { client } = call
  if (error instanceof ComAbortError) {
    countCanceled(call)
    const how = error.hostTerminated ? 'AbortError, host terminated' : 'AbortError'
    world.count(error.abandoned ? 'AbortError, abandoned' : how)
    if (error.reason === 'timeout') {
      const { timeout, madeAt } = call
      if (timeout === null || error.timeout !== timeout || world.now - madeAt < timeout)
        world.violated(`${nameOf(call)} was canceled after a timeout of ${timeout}`)
      return error.abandoned ? 'left' : 'yes'
    }
    if (error.reason === 'disposed') {
      if (!gone(client) && !gone(call.callee) && !world.clients.some(gone))
        world.violated(`${nameOf(call)} was canceled by the disposal of its thread, which is not disposed`)
      return error.abandoned || !error.started ? 'left' : 'yes'
    }
    if (error.hostTerminated) judgeTermination(world, call)
    if (linked?.aborted) return error.abandoned ? 'left' : 'yes'
    if (!call.controller?.signal.aborted || error.cause !== call.reason)
      world.violated(`${nameOf(call)} was canceled, and not by its signal`)
    else judgeCanceled(world, call, error)
    return error.abandoned ? 'left' : 'yes'
  }
  if (!(error instanceof ComError)) {
    world.violated(`${nameOf(call)} failed with ${String(error)}`)
    return 'yes'
  }
  countCanceled(call)
  if (!hasDied(call.maker)) world.count(error.code)
  // Unless its thread was abandoned before.
  if (call.controller?.signal.aborted && call.abortedAt < world.now && !gone(client))
    world.violated(`${nameOf(call)} failed with ${error.code}, and its signal had fired`)
  if (!mayFailWith(world, call, error.hresult)) world.violated(`${nameOf(call)} failed with ${error.message}`)
  return error.hresult === HResult.RPC_E_DISCONNECTED ? 'left' : 'yes'
}

/** Counts for the client on whose thread, or for whose job, the call was made. */
const countCanceled = ({ client, root }: CallRecord): void => {
  const owner = client ?? root.client
  if (owner) owner.canceled++
}

const FOREVER = Number.POSITIVE_INFINITY

const judgeTermination = (world: World, call: CallRecord): void => {
  // A call also has the limits of the objects that are passed with it.
  const limited = world.servers.filter(({ spec }) => spec.terminateAfter < FOREVER)
  if (limited.length === 0) world.violated(`${nameOf(call)} terminated a host process without a limit`)
  if (limited.some(({ spec }) => spec.server === 'isolated')) world.isolatedDied()
  const [server] = limited
  if (!server || limited.length > 1 || server !== call.server || server.spec.server === 'isolated') return
  if (!hasDied(server)) world.violated(`${nameOf(call)} terminated a host process, which has not ended`)
  // `close` of the thread terminates it at the end of the grace period, if that is earlier.
  else if (!gone(call.client) && world.now - call.abortedAt < server.spec.terminateAfter)
    world.violated(`${nameOf(call)} terminated a host process too early`)
}

const judgeCanceled = (world: World, call: CallRecord, error: ComAbortError): void => {
  const { client } = call
  if (!client) return
  const since = Math.max(call.abortedAt, call.madeAt)
  const elapsed = world.now - since
  const { grace, callCancellation } = client.spec
  if (error.abandoned && elapsed < grace) world.violated(`${nameOf(call)} was abandoned after ${elapsed} ms`)
  const { terminateAfter } = call.server?.spec ?? { terminateAfter: FOREVER }
  const limit = terminateAfter === FOREVER ? 0 : terminateAfter + grace
  if (elapsed > Math.max(grace, limit, LONGEST_PAUSE) + world.slept)
    world.violated(`${nameOf(call)} was canceled, and settled after ${elapsed} ms`)
  const kept = isKept(client, since)
  if (callCancellation && isMarshaled(call) && !kept) {
    if (error.abandoned) world.violated(`${nameOf(call)} could be canceled, and was abandoned`)
    if (elapsed > LONGEST_PAUSE + world.slept)
      world.violated(`${nameOf(call)} was released only after ${elapsed} ms`)
  }
  const released = error.hresult === HResult.RPC_E_CALL_CANCELED && call.begun > call.ended
  if (!callCancellation && !client.messages && released)
    world.violated(`${nameOf(call)} was canceled, and can not be (E5)`)
}

/** Whether something is, or has been since that moment, on top of a call of the client and keeps it. */
export const isKept = ({ guests, keptUntil, pending }: ClientState, since: number): boolean =>
  guests > 0 || keptUntil >= since || (pending.size > 1 && [...pending].some(each => each.nested))

/** Whether the call has a cancel object: a call through a proxy, or a wait. */
const isMarshaled = ({ server, client }: CallRecord): boolean => {
  if (!server || !client) return true
  const { server: kind, threading } = server.spec
  return kind !== 'inproc' || (threading !== 'both' && threading !== client.spec.apartment)
}

const mayFailWith = (world: World, call: CallRecord, hresult: number): boolean => {
  const { server, callee, maker, madeAt } = call
  // The caller has ended.
  if (hasDied(maker)) return true
  switch (hresult) {
    case HResult.RPC_E_CALL_CANCELED:
      return mayBeCanceled(call)
    case HResult.RPC_E_DISCONNECTED:
      // It is called, or one of its objects is an argument.
      if (world.servers.some(each => inHost(each.spec.server) && isGone(each))) return true
      // Also of the client that lent it an object.
      return gone(callee) || world.clients.some(each => gone(each) || each.released)
    case HResult.RPC_S_CALLPENDING:
      return world.clients.some(each => each.aborted)
    case HResult.RPC_E_SERVER_DIED:
      return server !== undefined && server.diedAt >= madeAt
    case HResult.RPC_S_SERVER_UNAVAILABLE:
      return isGone(server)
    case HResult.E_ACCESSDENIED:
      return world.blockedUntil >= madeAt
    case HResult.RPC_E_CALL_REJECTED:
    case HResult.RPC_E_SERVERCALL_RETRYLATER:
      return server !== undefined && server.busyUntil >= madeAt
    case FAILING:
      return server !== undefined && server.failingUntil >= madeAt
    default:
      return false
  }
}

const mayBeCanceled = (call: CallRecord): boolean => {
  const { client, maker, server, madeAt, root } = call
  if (
    call.endedByCancel ||
    call.timeout !== null ||
    call.controller?.signal.aborted ||
    call.linked?.aborted ||
    hasDied(maker)
  )
    return true
  if (server && server.diedAt >= madeAt) return true
  if (client && (client.canceledAt >= madeAt || gone(client))) return true
  // A call of a method that was called directly is canceled with the call around it.
  if (maker?.spec.server !== 'inproc') return false
  // This includes methods on threads that carry out callbacks for the client.
  return [client, root.client].some(
    each => each !== undefined && (each.aborted || each.canceledAt >= madeAt || gone(each)),
  )
}

const gone = (client: ClientState | undefined): boolean =>
  client !== undefined && client.disposedAt < Number.POSITIVE_INFINITY

/** Whether a process of the server has ended, or was told to. */
const isGone = (server: ServerState | undefined): boolean => hasDied(server) || server?.closing === true

export const hasDied = (server: ServerState | undefined): boolean =>
  server !== undefined && server.diedAt > Number.NEGATIVE_INFINITY
