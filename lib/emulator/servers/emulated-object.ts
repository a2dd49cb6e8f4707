// The class EmulatedObject: an object of an emulated server, with its state.
import { aliveUntil } from '../../calls/keep-alive'
import * as validate from '../../errors/validate'
import type { Host } from '../apartments/host'
import type { ObjectDefinition } from './definition'
import { Members, objectKeys } from './members'
import type { OwnObject } from './own-object'

/** The COM object of an EmulatedObject in one process. Exists while a client has a pointer to it. */
export interface Stub {
  readonly references: number
  /** The number of handlers that are connected to its events. */
  readonly connections: number
  fire(name: string, args: readonly unknown[]): Promise<number>
}

/**
 * An object that methods can return, put into arrays and collections, and pass to objects they call: clients get
 * a pointer to it. After the last pointer was released the program can export it again.
 */
export class EmulatedObject<State extends object = object> implements OwnObject {
  /** What its methods have as `this`. */
  readonly state: State
  /** @internal */
  readonly definition: Partial<ObjectDefinition>
  /** @internal */
  readonly members: Members
  /** @internal Its COM objects, by process. */
  readonly stubs = new Map<Host, Stub>()
  /** @internal Called when the last pointer to it was released. */
  whenGone: (() => void) | undefined

  /** Throws TypeError or RangeError for a bad definition. */
  constructor(definition: ObjectDefinition & ThisType<State>, state?: State)
  /** @internal */
  constructor(definition: ObjectDefinition & ThisType<State>, state: State | undefined, members: Members)
  constructor(definition: ObjectDefinition & ThisType<State>, state?: State, members?: Members) {
    const where = 'EmulatedObject'
    this.definition = members
      ? definition
      : validate.options<ObjectDefinition>(where, definition, objectKeys, 'definition')
    this.members = members ?? new Members(where, Object.keys(definition.methods ?? {}).join(), definition)
    this.state = validate.object<State>(where, 'state', state) as State
  }

  /** The number of references that COM holds on it; 0 when no client has a pointer to it. For diagnosis only. */
  get references(): number {
    return [...this.stubs.values()].reduce((sum, { references }) => sum + references, 0)
  }

  /** The number of handlers that are connected to its events. */
  get connections(): number {
    return [...this.stubs.values()].reduce((sum, { connections }) => sum + connections, 0)
  }

  /** @internal Its items, where it is a collection. */
  get items(): (() => unknown) | undefined {
    const { state, definition } = this
    const { items } = definition
    if (items) return () => items.call(state)
    if (Symbol.iterator in state || Symbol.asyncIterator in state) return () => state
    return undefined
  }

  /**
   * Fires an event at all connected handlers, inside a call or outside. Resolves to the number of handlers that
   * returned without failing. An argument made by `byRef` then has the value that the handlers have set; an object among
   * those values has to be released. Rejects with RangeError for an event that is not registered, with TypeError or
   * RangeError for arguments that can't be passed.
   */
  async fire(name: string, ...args: readonly unknown[]): Promise<number> {
    const fireAll = async () => {
      let delivered = 0
      for (const stub of [...this.stubs.values()]) delivered += await stub.fire(name, args)
      return delivered
    }
    return aliveUntil(fireAll())
  }
}
