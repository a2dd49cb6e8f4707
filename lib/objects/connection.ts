// Connections: handlers of an object's events, on its connection point (IConnectionPoint).
import type { CallOutcome, EventSource, HRESULT, InterfaceId } from '../../binding'
import { type CallLimits, type CallOptions, callOptions, limitsOf } from '../calls/call-limits'
import { hresultOf } from '../calls/call-runner'
import { HeldPointer } from '../calls/held-pointer'
import { runOperation } from '../calls/invoke'
import { succeeded } from '../errors/call-error'
import { ComAbortError, ComError } from '../errors/errors'
import { failed, HResult } from '../errors/hresult'
import { dispinterfaceId, isInterfaceOfCom } from '../errors/interfaces'
import * as validate from '../errors/validate'
import { type HandledMember, handledMembers } from './handlers'
import { type ImplementedMembers, implement } from './implementation'

/** Its limits are those of the calls that connect. They do not disconnect a connection. */
export interface ConnectOptions extends CallOptions {
  /**
   * The event interface, as a GUID; it must be a dispinterface. Default: the default source interface of the object's
   * type information.
   */
  iid?: string | undefined
}

const connectOptions: validate.Keys<ConnectOptions> = { ...callOptions, iid: true }

/** Failures of a disconnect that mean that the connection is gone. */
const gone: readonly HRESULT[] = [
  HResult.CONNECT_E_NOCONNECTION,
  HResult.RPC_E_DISCONNECTED,
  HResult.RPC_E_SERVER_DIED,
  HResult.RPC_E_SERVER_DIED_DNE,
  HResult.RPC_S_SERVER_UNAVAILABLE,
  HResult.CO_E_OBJNOTCONNECTED,
]

/**
 * Handlers connected to an object's events, until the connection is disposed or the object is gone.
 *
 * @example
 * await using connection = await object.connect({ Found: (call, n) => console.log(n) })
 */
export class ComConnection {
  /** The event interface. */
  readonly iid: InterfaceId
  readonly #object: HeldPointer
  readonly #sink: HeldPointer
  readonly #cookie: number
  readonly #limits: CallLimits
  #closing: Promise<void> | undefined

  private constructor(
    iid: InterfaceId,
    object: HeldPointer,
    sink: HeldPointer,
    cookie: number,
    limits: CallLimits,
  ) {
    this.iid = iid
    this.#object = object
    this.#sink = sink
    this.#cookie = cookie
    this.#limits = limits
  }

  /**
   * @internal Made by `object.connect`. Takes over the object and the sink, and releases them when it
   * disconnects.
   */
  static make(
    iid: InterfaceId,
    object: HeldPointer,
    sink: HeldPointer,
    cookie: number,
    limits: CallLimits,
  ): ComConnection {
    return new ComConnection(iid, object, sink, cookie, limits)
  }

  /**
   * Disconnects. Does nothing when the object or its thread is gone, or on a second call. Signals do not
   * cancel it.
   *
   * @throws ComError when the server fails, RPC_S_CALLPENDING when the thread is abandoned, with
   * ComAbortError after the timeout that the object has by default; a later call then retries.
   */
  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#disconnect().catch((error: unknown) => {
      this.#closing = undefined
      throw error
    })
    return this.#closing
  }

  async #disconnect(): Promise<void> {
    const { caller, pointer } = this.#object
    if (caller.state !== 'disposed') {
      const where = 'ComConnection'
      const operation = { kind: 'unadvise', iid: this.iid, cookie: this.#cookie } as const
      try {
        const outcome = await caller.run<CallOutcome>({
          where,
          limits: { ...this.#limits, signals: [] },
          queue: (done, options) => caller.thread.ask(pointer, operation, done, options),
          hresultOf,
        })
        if (!gone.includes(outcome.hresult)) succeeded(where, outcome)
      } catch (error) {
        if (!(error instanceof ComAbortError && error.reason === 'disposed')) throw error
      }
    }
    this.#object.drop()
    this.#sink.release()
  }
}

const CONNECT = 'ComObject.connect'

const findEvents = async (
  held: HeldPointer,
  iid: InterfaceId | null,
  limits: CallLimits,
): Promise<EventSource> => {
  const context = { where: CONNECT, limits }
  const { events } = succeeded(CONNECT, await runOperation(held, { kind: 'events', iid }, context))
  if (events && isInterfaceOfCom(events.iid))
    throw new ComError(
      HResult.CONNECT_E_CANNOTCONNECT,
      CONNECT,
      `the object names ${events.iid}, an interface of COM itself, as the interface of its events`,
    )
  if (events) return events
  throw new ComError(
    HResult.CONNECT_E_NOCONNECTION,
    CONNECT,
    'the object does not describe its events; name their interface with iid',
  )
}

/** The sink object's members, by the DISPIDs of the event interface. */
const sinkOf = (
  members: readonly HandledMember[],
  { iid, members: events }: EventSource,
): ImplementedMembers => {
  const known = new Map(Object.entries(events))
  const byDispid = new Map<number, HandledMember>()
  for (const member of members) {
    const dispid = typeof member.key === 'number' ? member.key : known.get(member.key.toLowerCase())
    if (dispid === undefined)
      throw new RangeError(
        `${CONNECT}: the object has no event ${member.key}; its events are ${[...known.keys()].join(', ') || 'not named'}`,
      )
    byDispid.set(dispid, member)
  }
  return { iid, names: Object.assign(Object.create(null), events), members: byDispid, ignoreUnknown: true }
}

/** Implements ComObject.connect, for an object with default limits. */
export const connect = async (
  held: HeldPointer,
  handlers: unknown,
  options: ConnectOptions | undefined,
  defaults: CallLimits,
): Promise<ComConnection> => {
  const given = validate.options<ConnectOptions>(CONNECT, options, connectOptions)
  const { iid } = given
  const members = handledMembers(CONNECT, 'handlers', handlers)
  const checked = iid === undefined ? null : dispinterfaceId(CONNECT, iid)
  const limits = limitsOf(CONNECT, given, defaults)
  const events = await findEvents(held, checked, limits)
  const { caller } = held
  const sink = new HeldPointer(implement(caller, sinkOf(members, events)), caller, 'dispatch')
  try {
    const operation = { kind: 'advise', iid: events.iid, sink: sink.pointer } as const
    const outcome = await runOperation(held, operation, {
      where: CONNECT,
      limits,
      keep: [sink],
      discard: late => withdraw(held, events.iid, late, limits),
    })
    const cookie = cookieOf(succeeded(CONNECT, outcome))
    return ComConnection.make(events.iid, held.take(), sink, cookie, defaults)
  } catch (error) {
    sink.release()
    throw error
  }
}

const cookieOf = ({ value }: CallOutcome): number => (value?.type === 'ui4' ? Number(value.value) : 0)

/** Disconnects what was connected after the cancel. */
const withdraw = (held: HeldPointer, iid: InterfaceId, late: CallOutcome, { timeout }: CallLimits): void => {
  if (failed(late.hresult)) return
  held.take()
  const operation = { kind: 'unadvise', iid, cookie: cookieOf(late) } as const
  held.caller.thread.ask(held.pointer, operation, () => held.drop(), { timeout })
}
