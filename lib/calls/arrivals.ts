// Arrivals: the results of a thread's calls become JavaScript values, in the order in which the calls have returned.
import type { Binding, Variant } from '../../binding'
import { columnsOf } from '../values/columns'
import { arraySteps, fromVariant, type ObjectMaker, releasePointers } from '../values/from-variant'
import { inTurns, type Steps } from '../values/slices'
import type { Column, Value } from '../values/values'

/**
 * Converts a large value in steps, between which JavaScript runs other tasks. A value that arrives meanwhile waits, so
 * that no value overtakes another. A signal that is aborted meanwhile has no effect: the call has returned.
 */
export class Arrivals {
  readonly #nextTurn: () => Promise<void>
  #last: Promise<unknown> | undefined

  constructor(binding: Pick<Binding, 'soon'>) {
    // The binding's clock may be stopped or moved by a test.
    this.#nextTurn = () =>
      new Promise(resolve => {
        if (binding.soon) binding.soon(resolve)
        else setImmediate(resolve)
      })
  }

  /**
   * Returns the value of a VARIANT: at once, unless it is large or follows a large one. The blocks of a CallOutcome are
   * `owned`, those of an IncomingCall `shared`.
   */
  value<Object>(
    variant: Variant,
    objectOf: ObjectMaker<Object>,
    blocks: 'owned' | 'shared' = 'owned',
  ): Value<Object> | Promise<Value<Object>> {
    if (variant.type !== 'array') return this.#inOrder(() => fromVariant(variant, objectOf))
    const steps = arraySteps(variant, objectOf, blocks === 'owned')
    return steps instanceof Uint8Array ? this.#inOrder(() => steps) : this.#inSteps(steps)
  }

  /** Returns the value as columns. Throws TypeError for an array of more than two dimensions. */
  columns<Object>(
    where: string,
    variant: Variant,
    objectOf: ObjectMaker<Object>,
  ): Column<Value<Object>>[] | Promise<Column<Value<Object>>[]> {
    const steps = columnsOf(variant, objectOf)
    if (steps) return this.#inSteps(steps)
    releasePointers(variant)
    throw new TypeError(
      `${where}: options.as is 'columns', but the result is an array of more than two dimensions; leave it out`,
    )
  }

  #inOrder<T>(convert: () => T): T | Promise<T> {
    return this.#last ? this.#follow(async () => convert()) : convert()
  }

  #inSteps<T>(steps: Steps<T>): T | Promise<T> {
    if (this.#last) return this.#follow(async () => inTurns(steps, this.#nextTurn))
    const value = inTurns(steps, this.#nextTurn)
    return value instanceof Promise ? this.#follow(() => value) : value
  }

  #follow<T>(convert: () => Promise<T>): Promise<T> {
    const arrival = this.#last ? this.#last.then(convert) : convert()
    const over = arrival
      .catch(() => {})
      .then(() => {
        if (this.#last === over) this.#last = undefined
      })
    this.#last = over
    return arrival
  }
}
