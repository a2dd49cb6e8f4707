// How a program describes an emulated class or object: its methods, properties and events.
import type { ActivationCall, EmulatedCall } from './emulated-call'
import type { ServerValue } from './remote-object'

/**
 * Carries out a call, with the object's state as `this`: gets the call, then its arguments. What it returns, or
 * the promise it returns fulfils with, is the result; what it throws becomes the client's error: an error with
 * an `hresult` keeps it, an AbortError is RPC_E_CALL_CANCELED, anything else DISP_E_EXCEPTION with its message;
 * its `source`, `description`, `helpFile` and `helpContext` go along, and `argument`, from 1, is the one at fault.
 * Takes any number of arguments by position; what is left out is undefined.
 */
export type Method = {
  handle(call: EmulatedCall, ...args: ServerValue[]): unknown
}['handle']

/**
 * A method whose parameters are declared: they can be passed by name, and a call with too many arguments or too
 * few fails with DISP_E_BADPARAMCOUNT, as those of most real servers do.
 */
export interface MethodWithParameters {
  /** A name ending in `?` can be left out. */
  params: readonly string[]
  run: Method
  /** Default: counted from 1. */
  dispid?: number
}

export interface Property {
  /** Gets the call, then the indexes of an indexed property. */
  get?: Method
  /** Gets the call, the indexes, and the value last. */
  set?: Method
  /** The same for a property that is set to an object itself (DISPATCH_PROPERTYPUTREF). */
  setReference?: Method
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

export interface ObjectDefinition {
  methods?: Readonly<Record<string, Method | MethodWithParameters>>
  /** A function alone is a property that can only be read. */
  properties?: Readonly<Record<string, Method | Property>>
  /** The names of its events, or more about them. */
  events?: readonly string[] | EventsDefinition
  /** The items of a collection (DISPID -4). Default: those of the state, where it can be iterated. */
  items?: { handle(): Iterable<unknown> | AsyncIterable<unknown> }['handle']
  /** The last pointer to the object was released. */
  onRelease?: () => unknown
}

export interface ClassDefinition<State extends object> extends ObjectDefinition {
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
