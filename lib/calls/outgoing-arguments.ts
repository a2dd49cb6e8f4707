// The values of one outgoing call or reply, and the pointers that it keeps until it ends.
import type { BindingPointer, CallOutcome, OutArgument, Variant } from '../../binding'
import { ComError } from '../errors/errors'
import { failed, HResult } from '../errors/hresult'
import { adviceOnCall } from '../errors/hresult-advice'
import { discardOutcome, type ObjectMaker, pointerIn, releasePointers } from '../values/from-variant'
import type { Spot } from '../values/scalars'
import { explicitVariant, type LowerBounds, type PointerArgument, toVariant } from '../values/to-variant'
import { ByRef, type VariantTypeName } from '../values/values'
import type { CallLimits } from './call-limits'
import { type Caller, hresultOf } from './call-runner'
import { HeldPointer, heldPointerOf, isUnresolved } from './held-pointer'
import type { HostProcess } from './host-process'

/** An object of another thread that has to be marshaled into this thread's apartment. */
interface Adoption {
  held: HeldPointer
  place: string
  put: (pointer: BindingPointer) => void
}

export class OutgoingArguments {
  readonly #caller: Caller
  readonly #where: string
  readonly #host: HostProcess | undefined
  readonly #taken: HeldPointer[] = []
  readonly #adoptions: Adoption[] = []
  readonly #references = new Map<number, ByRef>()

  /** `host`: the process that gets them. */
  constructor(caller: Caller, where: string, host: HostProcess | undefined) {
    this.#caller = caller
    this.#where = where
    this.#host = host
  }

  /** Converts one value. Throws TypeError or RangeError that names the place. */
  value(value: unknown, place: string): Variant {
    return toVariant(value, this.#spot(place), this.#pointed)
  }

  /** Converts a value to a given type. */
  typed(type: VariantTypeName, value: unknown, place: string, lower?: LowerBounds): Variant {
    return explicitVariant(type, value, this.#spot(place), this.#pointed, lower)
  }

  /** Converts an argument, which may be by reference; `position` as in OutArgument. */
  argument(value: unknown, place: string, position: number): Variant {
    if (!(value instanceof ByRef)) return this.value(value, place)
    this.#references.set(position, value)
    if (value.type === undefined) return { ...this.value(value.value, place), byRef: 'variant' }
    return { ...this.typed(value.type, value.value, place, value.lower), byRef: true }
  }

  /** Keeps a pointer until `release`. */
  keep(held: HeldPointer): void {
    this.#taken.push(held.take())
  }

  /**
   * Adopts the objects of other threads, if there are any, each with a call of its own. Rejects as calls do, and for
   * objects that cannot be adopted.
   */
  ready(limits: CallLimits): Promise<void> | undefined {
    return this.#adoptions.length > 0 ? this.#adopt(limits) : undefined
  }

  /** Releases what was kept for the call. */
  release(): void {
    for (const held of this.#taken.splice(0)) held.drop()
  }

  /** Stores the new values of by-reference arguments in their ByRef objects. */
  async receive(outs: readonly OutArgument[], results: ObjectMaker<object>): Promise<void> {
    for (const { position, value } of outs) {
      const reference = this.#references.get(position)
      if (reference) reference.value = await this.#caller.arrivals.value(value, results)
      else releasePointers(value)
    }
  }

  #spot(place: string): Spot {
    return { where: this.#where, place: () => place, depth: 0 }
  }

  readonly #pointed = (value: object, { place }: Spot): PointerArgument | undefined => {
    const held = heldPointerOf(value)
    if (held) return this.#held(held, place())
    if (typeof value !== 'function') return undefined
    if (isUnresolved(value))
      throw new TypeError(
        `${this.#where}: ${place()} is a dynamic member that was not awaited; await it first`,
      )
    const { pointer, receivers } = this.#caller.makers.callback(value as (...args: never[]) => unknown)
    receivers.note(this.#host)
    // This call alone owns it: COM keeps a reference of its own on what it calls later.
    this.#taken.push(new HeldPointer(pointer, this.#caller, 'dispatch'))
    return { type: 'dispatch', into: put => put(pointer) }
  }

  #held(held: HeldPointer, place: string): PointerArgument {
    if (held.released)
      throw new ComError(
        HResult.RPC_E_DISCONNECTED,
        this.#where,
        `${place} is an object that was released; ${held.advice}`,
      )
    held.host?.refuseOver(this.#where, `${place} is an object of`)
    held.receivers?.note(this.#host)
    this.keep(held)
    return {
      type: held.type,
      into: put => {
        if (held.caller === this.#caller) put(held.pointer)
        else this.#adoptions.push({ held, place, put })
      },
    }
  }

  async #adopt(limits: CallLimits): Promise<void> {
    const adopted = new Map<HeldPointer, BindingPointer>()
    for (const { held, place, put } of this.#adoptions.splice(0)) {
      const pointer = adopted.get(held) ?? (await this.#adoptOne(held, place, limits))
      adopted.set(held, pointer)
      put(pointer)
    }
  }

  async #adoptOne(held: HeldPointer, place: string, limits: CallLimits): Promise<BindingPointer> {
    const where = this.#where
    const { caller } = held
    const owner = `${place} is an object of thread ${caller.thread.id}`
    if (caller.binding !== this.#caller.binding)
      throw new TypeError(`${where}: ${place} is an object of another binding`)
    if (caller.state === 'disposed')
      throw new ComError(HResult.RPC_E_DISCONNECTED, where, `${owner}, which was disposed`)
    if (caller.state === 'abandoned')
      throw new ComError(
        HResult.RPC_S_CALLPENDING,
        where,
        `${owner}, which a canceled call still blocks; wait until its state is no longer abandoned`,
      )
    const outcome = await this.#caller.run<CallOutcome>({
      where,
      limits,
      host: held.host,
      queue: (done, options) => this.#caller.thread.adopt(held.pointer, done, options),
      hresultOf,
      discard: discardOutcome,
    })
    const { hresult, value } = outcome
    if (failed(hresult)) throw new ComError(hresult, where, `${owner}: ${adviceOnCall(hresult)}`)
    const adopted = value && pointerIn(value)
    if (!adopted)
      throw new ComError(HResult.E_UNEXPECTED, where, `${owner}; marshaling it returned no pointer`)
    this.#taken.push(new HeldPointer(adopted.pointer, this.#caller, adopted.type))
    return adopted.pointer
  }
}
