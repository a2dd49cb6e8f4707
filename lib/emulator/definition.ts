// How a program describes an emulated class or object: its methods, properties and events.
import type { ActivationCall, EmulatedCall } from './emulated-call'
import type { ServerValue } from './server-values'

/**
 * Carries out a call, with the object's state as `this`: gets the call, then its arguments. What it returns, or
 * the promise it returns fulfils with, is the result; what it throws becomes the client's error: an error with
 * an `hresult` keeps it, an AbortError is RPC_E_CALL_CANCELED, anything else DISP_E_EXCEPTION with its message.
 * Parameters before the first one with a default can't be left out.
 */
export type Method<State> = {
  handle(this: State, call: EmulatedCall, ...args: ServerValue[]): unknown
}['handle']

/** A method whose parameters have names: it can be called by them, and with no more arguments than these. */
export interface MethodWithParameters<State> {
  /** A name ending in `?` can be left out. */
  params: readonly string[]
  call: Method<State>
  /** Default: counted from 1. */
  dispid?: number
}

export interface Property<State> {
  /** Gets the call, then the indexes of an indexed property. */
  get?: Method<State>
  /** Gets the call, the indexes, and the value last. */
  set?: Method<State>
  /** The same for a property that is set to an object itself (DISPATCH_PROPERTYPUTREF). */
  setReference?: Method<State>
  /** The indexes, as the parameters of a method. */
  params?: readonly string[]
  /** It is the one that is meant when none is named (DISPID 0). */
  default?: boolean
  /** Default: counted from 1. */
  dispid?: number
}

export interface EventsDefinition {
  /** The interface, as a GUID. Default: one made up, the same in every run for the same class. */
  iid?: string
  /** DISPID by name. */
  members: Readonly<Record<string, number>>
}

export interface ObjectDefinition<State extends object> {
  methods?: Readonly<Record<string, Method<State> | MethodWithParameters<State>>>
  /** A function alone is a property that can only be read. */
  properties?: Readonly<Record<string, Method<State> | Property<State>>>
  /** The names of its events, or more about them. */
  events?: readonly string[] | EventsDefinition
  /** The items of a collection (DISPID -4). Default: those of the state, where it can be iterated. */
  items?: { handle(this: State): Iterable<unknown> | AsyncIterable<unknown> }['handle']
  /** The last pointer to the object was released. */
  onRelease?: { handle(this: State): unknown }['handle']
}

export interface ClassDefinition<State extends object> extends ObjectDefinition<State> {
  progId: string
  /** Default: one made up from the ProgID, the same in every run. */
  clsid?: string
  /**
   * The apartments that its objects live in: 'sta' carries out their calls one after the other, 'mta' side by
   * side. 'both', for in-process servers only, is whatever their creator's is. Default: 'mta' for a local
   * server, 'both' for one in process.
   */
  threading?: 'sta' | 'mta' | 'both'
  /** A process of its own ('local', the default), or a library in the client's process. */
  server?: 'local' | 'inproc'
  /** Makes the state of a new object. Default: an empty object. What it throws makes the activation fail. */
  create?: (call: ActivationCall) => State | Promise<State>
}
