// An object of an emulated server, as the server's own code holds it.
import * as validate from '../../errors/validate'
import type { Host } from '../apartments/host'
import type { ObjectDefinition } from './definition'
import { Members, OBJECT_KEYS } from './members'
import type { OwnObject } from './own-object'

/** The object as COM holds it in one process, as long as somebody has a pointer to it. */
export interface Stub {
  readonly references: number
  /** How many handlers are connected to its events. */
  readonly connections: number
  fire(name: string, args: readonly unknown[]): Promise<number>
}

/**
 * An object that methods can return, put into arrays and collections, and pass to objects they call: clients get
 * a pointer to it. COM ends it when the last pointer is released; the program can hand it out again.
 */
export class EmulatedObject<State extends object = object> implements OwnObject {
  /** What its methods have as `this`. */
  readonly state: State
  /** @internal */
  readonly definition: Partial<ObjectDefinition>
  /** @internal */
  readonly members: Members
  /** @internal Who stands for it. */
  readonly stubs = new Map<Host, Stub>()
  /** @internal Called when nobody has a pointer to it any more. */
  whenGone: (() => void) | undefined

  /** Throws TypeError or RangeError for a definition that makes no sense. */
  constructor(definition: ObjectDefinition & ThisType<State>, state?: State, members?: Members) {
    const where = 'EmulatedObject'
    this.definition = validate.options<ObjectDefinition>(where, definition, 'definition')
    if (!members) validate.nothingBut(where, 'definition', this.definition, OBJECT_KEYS)
    this.members = members ?? new Members(where, Object.keys(definition.methods ?? {}).join(), definition)
    this.state = validate.options<State>(where, state, 'state') as State
  }

  /** How many references COM holds on it; 0 when nobody has a pointer to it. For diagnosis only. */
  get references(): number {
    return [...this.stubs.values()].reduce((sum, { references }) => sum + references, 0)
  }

  /** How many handlers are connected to its events. */
  get connections(): number {
    return [...this.stubs.values()].reduce((sum, { connections }) => sum + connections, 0)
  }

  /** @internal Its items, where it is a collection. */
  get items(): (() => Iterable<unknown> | AsyncIterable<unknown>) | undefined {
    const { state, definition } = this
    const { items } = definition
    if (items) return () => items.call(state)
    if (Symbol.iterator in state || Symbol.asyncIterator in state)
      return () => state as Iterable<unknown> | AsyncIterable<unknown>
    return undefined
  }

  /**
   * Fires an event at whoever is connected, outside any call or inside. Fulfils with how many handlers took it
   * without failing. Rejects with RangeError for an event that was not registered, TypeError or RangeError for
   * arguments that can't be passed.
   */
  async fire(name: string, ...args: readonly unknown[]): Promise<number> {
    let delivered = 0
    for (const stub of [...this.stubs.values()]) delivered += await stub.fire(name, args)
    return delivered
  }
}
