// Connections: handlers of an object's events, on its connection point (IConnectionPoint).
import type { CallOutcome, EventSource, HRESULT, InterfaceId } from '../../binding'
import { type CallLimits, type CallOptions, callOptions, limitsOf } from '../calls/call-limits'
import { hresultOf } from '../calls/call-runner'
import { HeldPointer } from '../calls/held-pointer'
import { Receivers } from '../calls/host-process'
import { runOperation } from '../calls/invoke'
import { KeepAlive } from '../calls/keep-alive'
import { succeeded } from '../errors/call-error'
import { ComAbortError, ComError } from '../errors/errors'
import { failed, HResult, serverGone } from '../errors/hresult'
import { dispinterfaceId, isInterfaceOfCom } from '../errors/interfaces'
import * as validate from '../errors/validate'
import { type HandledMember, handledMembers } from './handlers'
import { type ImplementedMembers, implement } from './implementation'
import { braces, giveIdentity, noJson } from './inspect'

/** The limits apply to the calls that connect. They do not disconnect the connection. */
export interface ConnectOptions extends CallOptions {
  /**
   * The event interface, as a GUID; it must be a dispinterface. Default: the default source interface of the object's
   * type information.
   */
  iid?: string | undefined
  /**
   * Gets what a handler throws or rejects with, after the object has got its reply. `event` is the handler's key: the
   * name of the event, or its DISPID. Default: an uncaught exception that names the event, with the error as its
   * `cause`. Not called for a handler that ends with an AbortError because its caller has canceled, or because its
   * thread was closed.
   */
  onError?: ((error: unknown, event: string | number) => void) | undefined
}

const connectOptions: validate.Keys<ConnectOptions> = { ...callOptions, iid: true, onError: true }

/** Whether the failure of a disconnect means that the connection is gone. */
const gone = (hresult: HRESULT): boolean => hresult === HResult.CONNECT_E_NOCONNECTION || serverGone(hresult)

/** The connections that keep the process alive. They must not be collected either. */
const referenced = new Set<ComConnection>()

/**
 * Handlers that are connected to an object's events. The connection ends when it is disconnected or its thread is
 * closed, or when the host process of the object has ended. Until then it keeps the process alive, unless `unref` is
 * called. COM does not report that another server is gone: a connection to it stays.
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
  readonly #alive = new KeepAlive()
  readonly #disposed = () => this.#over()
  #connected = true
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
    this.#alive.needed = true
    object.caller.whenDisposed.add(this.#disposed)
    if (object.host) ComConnection.#endWith(object.host.exited, new WeakRef(this))
    referenced.add(this)
    giveIdentity(this, 'ComConnection', 'let the other thread connect itself', () =>
      braces('ComConnection', [
        object.name,
        iid,
        `thread ${object.caller.thread.id}`,
        this.#connected ? 'connected' : 'disconnected',
      ]),
    )
  }

  /** A promise of a process is held as long as the process lives, and must not keep the connection. */
  static #endWith(exited: Promise<unknown>, connection: WeakRef<ComConnection>): void {
    void exited.then(() => {
      const alive = connection.deref()
      if (alive) alive.#over()
    })
  }

  /** Keeps the process alive while it is connected, which is the default. */
  ref(): this {
    this.#alive.ref()
    if (this.#connected) referenced.add(this)
    return this
  }

  /**
   * Lets the process end while it is connected. The program must then hold a reference to the connection: a
   * connection that is garbage-collected releases its object.
   */
  unref(): this {
    this.#alive.unref()
    referenced.delete(this)
    return this
  }

  /** Throws TypeError. */
  toJSON(): never {
    throw noJson('a ComConnection has no JSON form', 'connection.iid is its interface')
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
   * Disconnects. Does nothing when the object or its thread is gone, or on a second call. The default timeout of
   * the object applies; signals do not.
   *
   * @throws ComError when the server fails, RPC_S_CALLPENDING when the thread is abandoned; ComAbortError when the
   * timeout has passed. A later call then retries.
   */
  disconnect(): Promise<void> {
    this.#closing ??= this.#disconnect().catch((error: unknown) => {
      this.#closing = undefined
      throw error
    })
    return this.#closing
  }

  /** The same as `disconnect`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.disconnect()
  }

  #over(): void {
    this.#connected = false
    this.#alive.needed = false
    this.#object.caller.whenDisposed.delete(this.#disposed)
    referenced.delete(this)
  }

  async #disconnect(): Promise<void> {
    const { caller, pointer, host } = this.#object
    if (caller.state !== 'disposed' && !host?.over) {
      const where = 'ComConnection'
      const operation = { kind: 'unadvise', iid: this.iid, cookie: this.#cookie } as const
      try {
        const outcome = await caller.run<CallOutcome>({
          where,
          limits: { ...this.#limits, signals: [] },
          host,
          queue: (done, options) => caller.thread.ask(pointer, operation, done, options),
          hresultOf,
        })
        if (!gone(outcome.hresult)) succeeded(where, outcome)
      } catch (error) {
        if (!(error instanceof ComAbortError && error.reason === 'disposed')) throw error
      }
    }
    this.#over()
    this.#object.drop()
    this.#sink.release()
  }
}

const CONNECT = 'ComObject.connect'

/** The default of `onError`. */
const throwUncaught = (error: unknown, event: string | number): void => {
  const why = error instanceof Error ? error.message : validate.describe(error)
  throw new Error(`The handler of the event ${event} has failed: ${why}`, { cause: error })
}

/** Passes a failure on, from where an exception is an uncaught one. */
const reportTo =
  (onError: NonNullable<ConnectOptions['onError']>) =>
  (error: unknown, event: string | number): void =>
    queueMicrotask(() => onError(error, event))

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
  receivers: Receivers,
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
  const names = Object.assign(Object.create(null), events)
  return { iid, names, members: byDispid, interfaces: [], ignoreUnknown: true, receivers }
}

/** Implements ComObject.connect, for an object with default limits. */
export const connect = async (
  held: HeldPointer,
  handlers: unknown,
  options: ConnectOptions | undefined,
  defaults: CallLimits,
): Promise<ComConnection> => {
  const given = validate.options<ConnectOptions>(CONNECT, options, connectOptions)
  const { iid, onError = throwUncaught } = given
  const members = handledMembers(CONNECT, 'handlers', handlers, false)
  const onFailure = reportTo(validate.callback(CONNECT, 'options.onError', onError))
  const checked = iid === undefined ? null : dispinterfaceId(CONNECT, iid)
  const limits = limitsOf(CONNECT, given, defaults)
  const events = await findEvents(held, checked, limits)
  const { caller, host } = held
  const receivers = new Receivers()
  receivers.note(host)
  const sink = new HeldPointer(
    implement(caller, { ...sinkOf(members, events, receivers), onFailure }),
    caller,
    'dispatch',
  )
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
  const limits = { timeout, terminate: held.host?.terminate }
  held.caller.thread.ask(held.pointer, operation, () => held.drop(), limits)
}
