// The description of an emulated class or object by a program: its methods, properties and events.
import type { Architecture } from '../../../binding'
import type { ActivationCall, EmulatedCall } from './emulated-call'
import type { EmulatedInterface } from './interfaces'
import type { ServerValue } from './remote-object'

/**
 * Executes a call, with the object's state as `this`. Its arguments are the call, then those of the client: any
 * number, by position; an argument that is left out is undefined. Its return value, or that of its promise, is the
 * result. An error that it throws is the client's error: an error with an `hresult` keeps it, an AbortError is
 * RPC_E_CALL_CANCELED, and any other error is DISP_E_EXCEPTION with its message. The client also gets the error's
 * `source`, `description`, `helpFile` and `helpContext`, and `argument`, from 1, the one at fault.
 */
export type Method = {
  handle(call: EmulatedCall, ...args: ServerValue[]): unknown
}['handle']

/**
 * A method with declared parameters: clients can pass them by name, and a call with too many or too few arguments
 * fails with DISP_E_BADPARAMCOUNT, as in most real servers.
 */
export interface MethodWithParameters {
  /** A name ending in `?` can be left out. */
  params: readonly string[]
  run: Method
  /** Default: counted from 1. */
  dispid?: number | undefined
}

/**
 * A property has indexes if `params` declares some or, without `params`, a function has parameters for them (by its
 * `length`, which does not count rest parameters and defaults). The arguments of a call of a property without indexes
 * are passed to the default member of the object that it returns, as type-library dispatch (ITypeInfo::Invoke) does:
 * `Worksheets(1)`, `Fields("x") = v`. The call fails with DISP_E_NOTACOLLECTION where that has no default member.
 */
export interface Property {
  /** Its arguments are the call, then the indexes of an indexed property. */
  get?: Method | undefined
  /** Its arguments are the call, the indexes, and the value. */
  set?: Method | undefined
  /** As `set`, for a property that is set to an object itself (DISPATCH_PROPERTYPUTREF). */
  setReference?: Method | undefined
  /** The indexes, as the parameters of a method. */
  params?: readonly string[] | undefined
  /** The default member (DISPID 0). */
  default?: boolean | undefined
  /** Default: counted from 1. */
  dispid?: number | undefined
}

export interface EventsDefinition {
  /** The interface, as a GUID, not one of COM's own. Default: a generated one, the same in every run for the same class. */
  iid?: string | undefined
  /** DISPID by name. */
  members: Readonly<Record<string, number>>
}

type Items = Iterable<unknown> | AsyncIterable<unknown>

export interface ObjectDefinition {
  methods?: Readonly<Record<string, Method | MethodWithParameters>> | undefined
  /** A function is a read-only property. */
  properties?: Readonly<Record<string, Method | Property>> | undefined
  /** The names of its events, or their interface and DISPIDs. */
  events?: readonly string[] | EventsDefinition | undefined
  /**
   * The items of a collection (DISPID -4), or a promise of them; a string is refused. Default: those of the state,
   * where it can be iterated.
   */
  items?: { handle(): Items | PromiseLike<Items> }['handle'] | undefined
  /** The interfaces that are called by vtable, each made by `emulatedInterface`. Default: none. */
  interfaces?: readonly EmulatedInterface[] | undefined
  /** The last pointer to the object was released. */
  onRelease?: (() => unknown) | undefined
}

export interface ClassDefinition<State extends object> extends ObjectDefinition {
  progId: string
  /** Default: generated from the ProgID, the same in every run. */
  clsid?: string | undefined
  /**
   * The apartment that its objects live in: 'sta' executes their calls one after the other, 'mta' concurrently.
   * 'both', for servers in process only, is the apartment of the creator. Default: 'mta' for a local server, 'both'
   * for one in process.
   */
  threading?: 'sta' | 'mta' | 'both' | undefined
  /** A process of its own ('local', the default), or a library in the client's process. */
  server?: 'local' | 'inproc' | undefined
  /**
   * What a server in process is built for, or a list for one that is built for several. The program is 'x64': it can
   * use other servers in host processes only. Default: 'x64'.
   */
  architecture?: Architecture | readonly Architecture[] | undefined
  /**
   * The machine that its server runs on, in any case: `createObject(…, { server })` makes its objects. Its ProgID is
   * also registered on this machine. Only for local servers. Default: this machine.
   */
  machine?: string | undefined
  /** Makes the state of a new object. Default: an empty object. An error that it throws fails the activation. */
  create?: ((call: ActivationCall) => State | Promise<State>) | undefined
}
