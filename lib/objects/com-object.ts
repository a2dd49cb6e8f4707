// COM objects, late bound: methods, properties, enumeration and events, each of which can be given up.
import type { CallOutcome } from '../../binding'
import { Held, standFor } from '../calls/held-pointer'
import { invoke, runOn } from '../calls/invoke'
import { discardOutcome, hresultOf, objectsOf, outcomeError, succeeded } from '../calls/outcome'
import { ComError } from '../errors/errors'
import { failed, HResult } from '../errors/hresult'
import * as validate from '../errors/validate'
import { fromVariant, pointerIn, releasePointers } from '../values/from-variant'
import type { ComArgument, ComResult } from '../values/values'
import type { ComThread } from './com-thread'
import { type ComConnection, type ConnectOptions, connect } from './connection'
import type { Handlers } from './handlers'

export interface CallOptions {
  /** Gives the call up, in whatever state it is. */
  signal?: AbortSignal | undefined
}

export interface InvokeOptions extends CallOptions {
  /** Arguments by name, after those by position. */
  named?: Readonly<Record<string, ComArgument>>
}

export interface SetOptions extends InvokeOptions {
  /** The indexes of an indexed property. */
  args?: readonly ComArgument[]
}

export interface ItemOptions extends CallOptions {
  /** How many items are fetched with one call: 1 to 65536. Default 64. */
  batch?: number
}

const DISPID_NEWENUM = -4
const DEFAULT_BATCH = 64
const LARGEST_BATCH = 65_536

/**
 * An object of a ComThread. Its members are named (COM ignores case) or given by DISPID, `defaultMember` (0)
 * among them. All calls are carried out on the thread, one after the other; results that are objects are
 * ComObjects of the same thread. Objects may be passed as arguments; one of another ComThread is first
 * marshaled into this one's apartment, which takes a call of its own.
 *
 * Every method rejects with ComError when COM or the server fails (DISP_E_MEMBERNOTFOUND, DISP_E_UNKNOWNNAME,
 * DISP_E_TYPEMISMATCH, DISP_E_BADPARAMCOUNT, DISP_E_EXCEPTION with what the server said, RPC_E_CALL_REJECTED
 * and RPC_E_SERVERCALL_RETRYLATER when it stayed busy, RPC_E_SERVER_DIED, RPC_S_SERVER_UNAVAILABLE and
 * RPC_S_CALL_FAILED when it is gone, …), RPC_E_DISCONNECTED when the object was released or its thread
 * disposed, RPC_S_CALLPENDING when its thread is abandoned; with ComAbortError when its signal gave it up;
 * with TypeError or RangeError for arguments that can't be passed. Source: C7, C12, C14, W4.
 *
 * Release it with `using`; a forgotten one is released when it is collected. Both happen on its thread, after
 * the calls that were made before.
 */
export class ComObject {
  readonly #held: Held

  /** @internal Made by threads and by calls that return objects. */
  constructor(held: Held) {
    this.#held = held
    standFor(this, held)
  }

  /** The thread it lives on. */
  get thread(): ComThread {
    return this.#held.caller.makers.thread
  }

  /** Whether it was released, by `using` or `[Symbol.dispose]`. */
  get released(): boolean {
    return this.#held.released
  }

  /**
   * Calls a method, or gets a property with arguments, as an expression does in late-bound languages. `T` is
   * what the caller knows of the result; it is not checked. A ByRef among the arguments has its new value
   * when this fulfils.
   */
  async call<T extends ComResult = ComResult>(
    member: string | number,
    args?: readonly ComArgument[],
    options?: InvokeOptions,
  ): Promise<T> {
    return this.#request('call', 'ComObject.call', member, args, options) as Promise<T>
  }

  /** Gets a property; `args` are the indexes of an indexed one. `T` is not checked. */
  async get<T extends ComResult = ComResult>(
    member: string | number,
    args?: readonly ComArgument[],
    options?: InvokeOptions,
  ): Promise<T> {
    return this.#request('get', 'ComObject.get', member, args, options) as Promise<T>
  }

  /** Sets a property (DISPATCH_PROPERTYPUT). */
  async set(member: string | number, value: ComArgument, options?: SetOptions): Promise<void> {
    await this.#request('set', 'ComObject.set', member, options?.args, options, { of: value })
  }

  /** Sets a property to an object itself, not to its value (DISPATCH_PROPERTYPUTREF; `Set` in Visual Basic). */
  async setReference(member: string | number, value: ComArgument, options?: SetOptions): Promise<void> {
    const where = 'ComObject.setReference'
    await this.#request('set-reference', where, member, options?.args, options, { of: value })
  }

  /** Whether the object knows a name (GetIDsOfNames); it does not say whether as a method or a property. */
  async has(name: string, options?: CallOptions): Promise<boolean> {
    const where = 'ComObject.has'
    const member = validate.name(where, 'name', name)
    const { signal } = validate.options<CallOptions>(where, options)
    const held = this.#held
    const outcome = await runOn<CallOutcome>(held, {
      where,
      signal: validate.signal(where, signal),
      queue: done => held.caller.thread.ask(held.pointer, { kind: 'look-up', member }, done),
      hresultOf,
    })
    if (outcome.hresult === HResult.DISP_E_UNKNOWNNAME) return false
    return succeeded(where, outcome).value?.type === 'i4'
  }

  /** The items of a collection, as `for await (const item of object)`. */
  [Symbol.asyncIterator](): AsyncGenerator<ComResult, void, undefined> {
    return this.items()
  }

  /**
   * The items of a collection (DISPID -4, IEnumVARIANT), with a signal that gives up whatever call is under
   * way. Fetched in batches; an item that is not reached is released. Fails with DISP_E_MEMBERNOTFOUND or
   * DISP_E_NOTACOLLECTION for an object that is none.
   */
  items(options?: ItemOptions): AsyncGenerator<ComResult, void, undefined> {
    const where = 'ComObject.items'
    const { signal, batch = DEFAULT_BATCH } = validate.options<ItemOptions>(where, options)
    const size = validate.between(where, 'options.batch', batch, 1, LARGEST_BATCH)
    return itemsOf(this.#held, size, validate.signal(where, signal))
  }

  /**
   * Connects handlers to the object's events (IConnectionPoint), by event name or DISPID; events without a
   * handler are ignored. Each gets its ServerCall, then the event's arguments. Rejects with ComError
   * CONNECT_E_NOCONNECTION or E_NOINTERFACE when the object has no events or not these, RangeError for a
   * handler of an event that it does not have.
   */
  async connect(handlers: Handlers, options?: ConnectOptions): Promise<ComConnection> {
    return connect(this.#held, handlers, options)
  }

  /** Releases it, once the calls under way are over. A second time it does nothing. */
  [Symbol.dispose](): void {
    this.#held.release()
  }

  async #request(
    kind: 'call' | 'get' | 'set' | 'set-reference',
    where: string,
    member: unknown,
    args: unknown,
    options: unknown,
    value?: { of: unknown },
  ): Promise<ComResult> {
    const { signal, named } = validate.options<InvokeOptions>(where, options)
    const request = {
      kind,
      member: validate.member(where, member),
      args: validate.list(where, value ? 'options.args' : 'args', args),
      named: Object.entries(validate.options<object>(where, named, 'options.named')).map(
        ([name, each]) => [validate.name(where, 'a name in options.named', name), each] as const,
      ),
      signal: validate.signal(where, signal),
      ...(value && { value }),
    }
    const outcome = await invoke(this.#held, request)
    if (!value) return fromVariant(outcome.value ?? { type: 'empty' }, objectsOf(this.#held.caller))
    releasePointers(outcome.value)
    return undefined
  }
}

/** The enumerator that DISPID -4 hands out. */
const enumeratorOf = async (held: Held, signal: AbortSignal | undefined): Promise<Held> => {
  const where = 'ComObject.items'
  const request = { member: DISPID_NEWENUM, kind: 'call', args: [], named: [], signal } as const
  const { value } = await invoke(held, request, where)
  const found = value && pointerIn(value)
  if (found) return new Held(found.pointer, held.caller, found.type)
  throw new ComError(HResult.DISP_E_NOTACOLLECTION, where, 'the object gave no enumerator')
}

async function* itemsOf(
  held: Held,
  batch: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<ComResult, void, undefined> {
  const where = 'ComObject.items'
  const enumerator = await enumeratorOf(held, signal)
  const { caller, pointer } = enumerator
  try {
    for (;;) {
      const outcome = await runOn<CallOutcome>(enumerator, {
        where,
        signal,
        queue: done => caller.thread.ask(pointer, { kind: 'next', count: batch }, done),
        hresultOf,
        discard: discardOutcome,
      })
      if (failed(outcome.hresult)) throw outcomeError(where, outcome)
      const { value } = outcome
      if (value?.type !== 'array' || value.elements.length === 0) return
      const items = fromVariant(value, objectsOf(caller)) as ComResult[]
      try {
        while (items.length > 0) yield items.shift()
      } finally {
        releaseAll(items)
      }
    }
  } finally {
    enumerator.release()
  }
}

/** What was fetched for a loop that was left early. */
const releaseAll = (values: readonly ComResult[]): void => {
  for (const value of values) {
    if (value instanceof ComObject) value[Symbol.dispose]()
    else if (Array.isArray(value)) releaseAll(value)
  }
}
