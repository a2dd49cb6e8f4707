// Connections: handlers of an object's events, on its connection point (IConnectionPoint).
import type { CallOutcome, EventSource, HRESULT, InterfaceId } from '../../binding'
import { hresultOf } from '../calls/call-runner'
import { HeldPointer } from '../calls/held-pointer'
import { runOperation } from '../calls/invoke'
import { succeeded } from '../errors/call-error'
import { ComError } from '../errors/errors'
import { failed, HResult } from '../errors/hresult'
import { dispinterfaceId, isInterfaceOfCom } from '../errors/interfaces'
import * as validate from '../errors/validate'
import { type HandledMember, handledMembers } from './handlers'
import { type ImplementedMembers, implement } from './implementation'

export interface ConnectOptions {
  /**
   * The event interface, as a GUID; it must be a dispinterface. Default: the default source interface of the object's
   * type information.
   */
  iid?: string | undefined
  /** Cancels the connecting. It does not disconnect a connection. */
  signal?: AbortSignal | undefined
}

/** Failures of a disconnect that mean that the connection is gone. */
const gone: readonly HRESULT[] = [
  HResult.CONNECT_E_NOCONNECTION,
  HResult.RPC_E_DISCONNECTED,
  HResult.RPC_E_SERVER_DIED,
  HResult.RPC_E_SERVER_DIED_DNE,
  HResult.RPC_S_SERVER_UNAVAILABLE,
  HResult.CO_E_OBJNOTCONNECTED,
]

/** Handlers connected to an object's events, until the connection is disposed or the object is gone. */
export class ComConnection {
  /** The event interface. */
  readonly iid: InterfaceId
  readonly #object: HeldPointer
  readonly #sink: HeldPointer
  readonly #cookie: number
  #closing: Promise<void> | undefined

  /**
   * @internal Made by `object.connect`. Takes over the object and the sink, and releases them when it
   * disconnects.
   */
  constructor(iid: InterfaceId, object: HeldPointer, sink: HeldPointer, cookie: number) {
    this.iid = iid
    this.#object = object
    this.#sink = sink
    this.#cookie = cookie
  }

  /**
   * Disconnects. Does nothing when the object or its thread is gone, or on a second call. Rejects with
   * ComError when the server fails, RPC_S_CALLPENDING when the thread is abandoned; a later call then
   * retries.
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
      const outcome = await caller.run<CallOutcome>({
        where,
        signal: undefined,
        queue: done =>
          caller.thread.ask(pointer, { kind: 'unadvise', iid: this.iid, cookie: this.#cookie }, done),
        hresultOf,
      })
      if (!gone.includes(outcome.hresult)) succeeded(where, outcome)
    }
    this.#object.drop()
    this.#sink.release()
  }
}

const CONNECT = 'ComObject.connect'

const findEvents = async (
  held: HeldPointer,
  iid: InterfaceId | null,
  signal: AbortSignal | undefined,
): Promise<EventSource> => {
  const context = { where: CONNECT, signal }
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

/** Implements ComObject.connect. */
export const connect = async (
  held: HeldPointer,
  handlers: unknown,
  options: ConnectOptions | undefined,
): Promise<ComConnection> => {
  const { iid, signal: given } = validate.options<ConnectOptions>(CONNECT, options, {
    iid: true,
    signal: true,
  })
  const members = handledMembers(CONNECT, 'handlers', handlers)
  const checked = iid === undefined ? null : dispinterfaceId(CONNECT, iid)
  const signal = validate.signal(CONNECT, given)
  const events = await findEvents(held, checked, signal)
  const { caller } = held
  const sink = new HeldPointer(implement(caller, sinkOf(members, events)), caller, 'dispatch')
  try {
    const operation = { kind: 'advise', iid: events.iid, sink: sink.pointer } as const
    const outcome = await runOperation(held, operation, {
      where: CONNECT,
      signal,
      keep: [sink],
      discard: late => withdraw(held, events.iid, late),
    })
    const cookie = cookieOf(succeeded(CONNECT, outcome))
    return new ComConnection(events.iid, held.take(), sink, cookie)
  } catch (error) {
    sink.release()
    throw error
  }
}

const cookieOf = ({ value }: CallOutcome): number => (value?.type === 'ui4' ? Number(value.value) : 0)

/** Disconnects what was connected after the cancel. */
const withdraw = (held: HeldPointer, iid: InterfaceId, late: CallOutcome): void => {
  if (failed(late.hresult)) return
  held.take()
  held.caller.thread.ask(held.pointer, { kind: 'unadvise', iid, cookie: cookieOf(late) }, () => held.drop())
}
