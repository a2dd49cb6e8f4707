// The enumerator (IEnumVARIANT) of a collection, which DISPID -4 returns.

import type { Operation, Variant } from '../../../binding'
import { HResult } from '../../errors/hresult'
import * as validate from '../../errors/validate'
import { releasePointers } from '../../values/from-variant'
import type { Host, Place } from '../apartments/host'
import type { EmulatedApartment } from '../apartments/thread-stack'
import { type Reply, refusal, success } from '../calls/reply'
import { Target } from '../calls/target'
import type { System } from '../threads/system'

type AnyIterator = Iterator<unknown> | AsyncIterator<unknown>

/** Throws TypeError for a value that cannot be iterated. A string is a value, not a collection of characters. */
export const iteratorOf = (items: unknown): AnyIterator => {
  if (typeof items === 'object' && items !== null) {
    const { [Symbol.asyncIterator]: asynchronous, [Symbol.iterator]: synchronous } = items as Partial<
      Iterable<unknown> & AsyncIterable<unknown>
    >
    if (typeof asynchronous === 'function') return asynchronous.call(items)
    if (typeof synchronous === 'function') return synchronous.call(items)
  }
  throw validate.wrongType('items', 'the result', 'an iterable or async iterable object', items)
}

export interface EnumeratorOptions {
  system: System
  at: Place
  /** The name of its server. */
  name: string
  iterator: AnyIterator
  toVariant: (value: unknown) => Variant
  failure: (error: unknown) => Reply
}

export class Enumerator extends Target {
  readonly apartment: EmulatedApartment
  readonly host: Host
  readonly #system: System
  readonly #name: string
  readonly #iterator: AnyIterator
  readonly #toVariant: (value: unknown) => Variant
  readonly #failure: (error: unknown) => Reply

  constructor({ system, at, name, iterator, toVariant, failure }: EnumeratorOptions) {
    super(system.live)
    this.#name = name
    this.apartment = at.apartment
    this.host = at.host
    this.host.use('object')
    this.#system = system
    this.#iterator = iterator
    this.#toVariant = toVariant
    this.#failure = failure
  }

  override get kind(): string {
    return `an enumerator of ${this.#name}`
  }

  override release(): void {
    super.release()
    if (this.references > 0) return
    this.host.unuse('object')
    // A generator that has not reached its end can release what it holds.
    // No client can get its error: it becomes an uncaught exception, as that of onRelease.
    const left = async () => this.#iterator.return?.()
    left().catch((error: unknown) =>
      this.#system.clock.soon(() => {
        throw error
      }),
    )
  }

  ask(operation: Operation): Reply | Promise<Reply> {
    return operation.kind === 'next' ? this.#next(operation.count) : refusal(HResult.E_NOINTERFACE)
  }

  /** IEnumVARIANT::Next. */
  async #next(count: number): Promise<Reply> {
    const elements: Variant[] = []
    try {
      while (elements.length < count) {
        const { done, value } = await this.#iterator.next()
        if (done) break
        elements.push(this.#toVariant(value))
      }
    } catch (error) {
      for (const each of elements) releasePointers(each)
      return this.#failure(error)
    }
    const dimensions = [{ length: elements.length, lower: 0 }]
    return success({ type: 'array', element: 'variant', dimensions, elements })
  }
}
