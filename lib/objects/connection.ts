// Events: handlers connected to an object's connection point, until they are disconnected.

import type { CallOutcome, EventSource, HRESULT, InterfaceId, Returned } from '../../binding'
import { hresultOf } from '../calls/call-runner'
import { Held } from '../calls/held-pointer'
import { runOn } from '../calls/invoke'
import { succeeded } from '../errors/call-error'
import { ComError } from '../errors/errors'
import { failed, HResult } from '../errors/hresult'
import { adviceOnCall } from '../errors/hresult-advice'
import * as validate from '../errors/validate'
import { type HandledMember, handledMembers } from './handlers'
import { type Implemented, implement } from './implementation'

export interface ConnectOptions {
  /** The event interface, as a GUID. Default: the object's own default one, from its type information. */
  iid?: string
  /** Gives the connecting up; it does not disconnect later. */
  signal?: AbortSignal
}

/** Disconnecting from what is gone is done. */
const gone: readonly HRESULT[] = [
  HResult.CONNECT_E_NOCONNECTION,
  HResult.RPC_E_DISCONNECTED,
  HResult.RPC_E_SERVER_DIED,
  HResult.RPC_E_SERVER_DIED_DNE,
  HResult.RPC_S_SERVER_UNAVAILABLE,
  HResult.CO_E_OBJNOTCONNECTED,
]

/** Handlers connected to an object's events. They stay connected until it is disposed of, or the object is gone. */
export class ComConnection {
  /** The event interface. */
  readonly iid: InterfaceId
  readonly #object: Held
  readonly #sink: Held
  readonly #cookie: number
  #closing: Promise<void> | undefined

  /** @internal Made by `object.connect`; takes over the object and the sink, which it drops in the end. */
  constructor(iid: InterfaceId, object: Held, sink: Held, cookie: number) {
    this.iid = iid
    this.#object = object
    this.#sink = sink
    this.#cookie = cookie
  }

  /**
   * Disconnects. Does nothing when the object or its thread is gone, or a second time. Rejects with ComError
   * when the server refuses, or RPC_S_CALLPENDING when the thread is abandoned; it may then be tried again.
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

const where = 'ComObject.connect'

const findEvents = async (
  held: Held,
  iid: InterfaceId | null,
  signal: AbortSignal | undefined,
): Promise<EventSource> => {
  const { hresult, events } = await runOn<CallOutcome>(held, {
    where,
    signal,
    queue: done => held.caller.thread.ask(held.pointer, { kind: 'events', iid }, done),
    hresultOf,
  })
  if (failed(hresult)) throw new ComError(hresult, where, adviceOnCall(hresult))
  if (events) return events
  throw new ComError(
    HResult.CONNECT_E_NOCONNECTION,
    where,
    'the object does not say which events it has; name their interface with iid',
  )
}

/** The handlers as the event interface numbers them. */
const sinkOf = (members: readonly HandledMember[], { iid, members: events }: EventSource): Implemented => {
  const known = new Map(Object.entries(events))
  const byDispid = new Map<number, HandledMember>()
  for (const member of members) {
    const dispid = typeof member.key === 'number' ? member.key : known.get(member.key.toLowerCase())
    if (dispid === undefined)
      throw new RangeError(
        `${where}: the object has no event ${member.key}; its events are ${[...known.keys()].join(', ') || 'not named'}`,
      )
    byDispid.set(dispid, member)
  }
  return { iid, names: Object.assign(Object.create(null), events), members: byDispid, lenient: true }
}

/** What `ComObject.connect` does. */
export const connect = async (
  held: Held,
  handlers: unknown,
  options: ConnectOptions | undefined,
): Promise<ComConnection> => {
  const { iid, signal: given } = validate.options<ConnectOptions>(where, options)
  const members = handledMembers(where, 'handlers', handlers)
  const checked = iid === undefined ? null : validate.interfaceId(where, iid)
  const signal = validate.signal(where, given)
  const events = await findEvents(held, checked, signal)
  const { caller } = held
  const sink = new Held(implement(caller, sinkOf(members, events)), caller, 'dispatch')
  try {
    const work = {
      where,
      signal,
      queue: (done: Returned) =>
        caller.thread.ask(held.pointer, { kind: 'advise', iid: events.iid, sink: sink.pointer }, done),
      hresultOf,
      discard: (late: CallOutcome) => withdraw(held, events.iid, late),
    }
    const outcome = await runOn<CallOutcome>(held, work, sink)
    const cookie = cookieOf(succeeded(where, outcome))
    return new ComConnection(events.iid, held.take(), sink, cookie)
  } catch (error) {
    sink.release()
    throw error
  }
}

const cookieOf = ({ value }: CallOutcome): number => (value?.type === 'ui4' ? Number(value.value) : 0)

/** It got connected after all, when nobody wanted it any more. */
const withdraw = (held: Held, iid: InterfaceId, late: CallOutcome): void => {
  if (failed(late.hresult)) return
  held.take()
  held.caller.thread.ask(held.pointer, { kind: 'unadvise', iid, cookie: cookieOf(late) }, () => held.drop())
}
