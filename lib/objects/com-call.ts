// The class ComCall: a call object (ICallFactory), with which a method is called asynchronously.
import type { CallOutcome, HRESULT, InterfaceId } from '../../binding'
import { type CallLimits, type CallOptions, callOptions, limitsOf, NO_LIMITS } from '../calls/call-limits'
import { abortCause } from '../calls/call-runner'
import { Completion, later, untilComplete } from '../calls/completion'
import { HeldPointer } from '../calls/held-pointer'
import { refuseGone, runOperation } from '../calls/invoke'
import { succeeded } from '../errors/call-error'
import { ComAbortError, ComError } from '../errors/errors'
import { failed, HResult } from '../errors/hresult'
import * as validate from '../errors/validate'
import { type CancelOptions, secondsOf } from '../functions/functions'
import { type CancelOutcome, canceled, cancelOutcome } from '../functions/reference'
import { copyBlocks } from '../values/blocks'
import { discardOutcome, type ObjectMaker, pointerIn } from '../values/from-variant'
import { braces, giveIdentity, noJson, partsOf } from './inspect'
import { asyncIidOf, type ComInterface } from './interface'
import type { InterfaceMethods, MethodLists, MethodResult } from './interface-types'
import {
  adoptArguments,
  type MethodRequest,
  methodCall,
  methodError,
  type PreparedCall,
  prepare,
  resultOf,
  runMethod,
} from './method-call'

/** What belongs to a call object besides its pointer. */
interface CallObject {
  readonly of: ComInterface
  readonly asyncIid: InterfaceId
  readonly held: HeldPointer
  readonly completion: Completion
  readonly limits: CallLimits
  readonly results: ObjectMaker<object>
}

/**
 * A call object: one asynchronous call after the other of the methods of an interface. `begin` starts a call (Begin_),
 * and returns while the server works. `finish` waits for the end without blocking the thread, so that it executes other
 * calls meanwhile, and returns the results (Finish_). Begin, finish, and begin again: while a call is pending, also
 * after it was canceled, `begin` rejects with RPC_S_CALLPENDING until it was finished (A2, A5). `callAsync` of an object
 * does all of this for one call.
 *
 * Call the methods on the JavaScript thread that started the ComThread. Release the call object with `using` or
 * `release`: the results of a call that was not finished are then dropped (A8). A call object that is garbage-collected
 * is released as well.
 *
 * @example
 * using call = await object.createCall(IPrime)
 * await call.begin('IsPrime', [1_000_003])
 * if (!(await call.wait(1_000))) await call.cancel()
 * const isPrime = await call.finish()
 */
export class ComCall<
  Methods extends InterfaceMethods = InterfaceMethods,
  Object = object,
  Argument = object,
> {
  readonly #object: CallObject
  #begun: PreparedCall | undefined
  #finishing = false

  private constructor(object: CallObject) {
    this.#object = object
    giveIdentity(this, 'ComCall', 'let the other thread make its own', () =>
      braces('ComCall', partsOf(object.held)),
    )
  }

  /** @internal Made by objects. */
  static make<Methods extends InterfaceMethods, Object, Argument>(
    object: CallObject,
  ): ComCall<Methods, Object, Argument> {
    return new ComCall(object)
  }

  /** Whether a call was begun that is not finished. */
  get pending(): boolean {
    return this.#begun !== undefined
  }

  /**
   * Begins a call of a method (Begin_).
   *
   * @param method The name of the method.
   * @param lists The arguments in an array, then the limits of Begin_, which returns at once.
   * @throws ComError RPC_S_CALLPENDING while a call is pending (A2), RPC_E_DISCONNECTED when the call object was
   * released; TypeError or RangeError for arguments that cannot be passed; and as calls of objects do.
   * @example
   * await call.begin('IsPrime', [1_000_003])
   */
  begin<Name extends keyof Methods & string>(
    method: Name,
    ...lists: MethodLists<Methods[Name], Argument, CallOptions>
  ): Promise<void>
  async begin(method: string, args?: unknown, options?: unknown): Promise<void> {
    const where = 'ComCall.begin'
    const { of, limits } = this.#object
    const shape = of.shape(where, method)
    const list = validate.list(where, 'args', args)
    await this.#begin({ ...this.#object, shape, args: list, limits: this.#limitsOf(where, options, limits) })
  }

  /**
   * Waits until the call is complete, and returns its results (Finish_): undefined, the value of the only 'out' or
   * 'inout' parameter, or an array of them. A signal or the timeout cancels the call; the promise then rejects when the
   * call is complete, or after the grace period of the thread. In the second case `finish` can be called again.
   *
   * @param options The limits of the wait. The timeout counts from now.
   * @throws ComError RPC_E_CALL_COMPLETE when no call was begun, RPC_E_CALL_CANCELED after `cancel` (A5),
   * RPC_S_CALLPENDING while another `finish` waits, RPC_E_DISCONNECTED when the call object was released, or the failure
   * of the method; ComAbortError when a limit, or the disposal of the thread, canceled the call.
   * @example
   * const isPrime = await call.finish({ timeout: 5_000 })
   */
  finish<Name extends keyof Methods & string = keyof Methods & string>(
    options?: CallOptions,
  ): Promise<MethodResult<Methods[Name], Object>>
  async finish(options?: unknown): Promise<unknown> {
    const where = 'ComCall.finish'
    return this.#finish(where, this.#limitsOf(where, options, this.#object.limits))
  }

  /**
   * Resolves with whether the call completes within `ms` milliseconds (ISynchronize::Wait). Blocks neither JavaScript
   * nor the thread. Rule: A3.
   *
   * @param ms Milliseconds, from 0, or Infinity.
   * @throws ComError RPC_E_CALL_COMPLETE when no call was begun, RPC_E_DISCONNECTED when the call object was released or
   * the thread disposed; TypeError or RangeError for bad milliseconds.
   * @example
   * if (await call.wait(100)) console.log(await call.finish())
   */
  async wait(ms: number): Promise<boolean> {
    const where = 'ComCall.wait'
    const limit = validate.limit(where, 'ms', ms, 0)
    const { held, completion } = this.#object
    this.#refuse(where)
    await untilSignaled(held, completion, limit)
    const { hresult } = await runOperation(held, { kind: 'wait-call' }, { where, limits: NO_LIMITS })
    if (hresult === HResult.RPC_S_CALLPENDING) return false
    if (failed(hresult)) throw new ComError(hresult, where)
    return true
  }

  /**
   * Cancels the call (ICancelMethodCalls::Cancel of the call object), which needs no `callCancellation` (A7). `finish`
   * must be called all the same (A5). Resolves with 'completed' for a call that is complete (A6).
   *
   * @param options How long to wait for the call to complete (`timeout`, milliseconds), in which the thread is blocked.
   * @throws ComError E_NOINTERFACE for a call object that cannot cancel: that of an object of the thread's own apartment
   * can only if its server implements it (A4).
   * @example
   * await call.cancel()
   */
  async cancel(options?: CancelOptions): Promise<CancelOutcome> {
    const where = 'ICancelMethodCalls::Cancel'
    return cancelOutcome(where, await this.#cancel(where, secondsOf(where, options)))
  }

  /**
   * Resolves with whether the call was canceled (ICancelMethodCalls::TestCancel of the call object); false while it is
   * pending.
   *
   * @throws ComError RPC_E_CALL_COMPLETE when the call is complete, E_NOINTERFACE as `cancel` does.
   */
  async testCancel(): Promise<boolean> {
    const where = 'ICancelMethodCalls::TestCancel'
    const { held } = this.#object
    const { hresult } = await runOperation(held, { kind: 'test-call' }, { where, limits: NO_LIMITS })
    return canceled(where, hresult)
  }

  /** Releases the call object, and drops the results of a call that was not finished (A8). A second call does nothing. */
  release(): void {
    const { completion, held } = this.#object
    if (completion.released) return
    completion.release()
    this.#end()
    held.release('create another one')
  }

  /** The same as `release`. */
  [Symbol.dispose](): void {
    this.release()
  }

  /** Throws TypeError. */
  toJSON(): never {
    throw noJson('a ComCall has no JSON form', 'pass its results')
  }

  /** @internal A whole call. */
  async run(request: MethodRequest): Promise<unknown> {
    try {
      await this.#begin(request)
    } catch (error) {
      // A call that was begun all the same is canceled by what has canceled Begin_.
      if (!this.#begun) throw error
    }
    return this.#finish(request.shape.name, request.limits)
  }

  async #begin({ of, shape, args, limits }: MethodRequest): Promise<void> {
    const { held, completion, asyncIid } = this.#object
    const prepared = prepare(held, shape, args)
    const adopted = adoptArguments(prepared, limits)
    if (adopted) await adopted
    // Finish_ gets the buffers that go in and out once more.
    for (const position of shape.finish.positions) copyBlocks(prepared.values[position] ?? { type: 'empty' })
    const began = () => {
      completion.begun()
      this.#begun = prepared
      if (completion.released) this.#end()
    }
    const operation = methodCall(asyncIid, shape.begin, prepared, 'begin')
    let outcome: CallOutcome
    try {
      outcome = await runMethod(held, operation, shape.name, limits, () => {})
    } catch (error) {
      // It was canceled too late.
      if (error instanceof ComAbortError && error.started && !failed(error.hresult)) began()
      else prepared.outgoing.release()
      throw error
    }
    discardOutcome(outcome)
    if (!failed(outcome.hresult)) began()
    else {
      prepared.outgoing.release()
      throw methodError(shape, shape.begin, outcome, of)
    }
  }

  async #finish(where: string, limits: CallLimits): Promise<unknown> {
    const { held, completion, asyncIid, of, results } = this.#object
    const begun = this.#refuse(where)
    if (this.#finishing)
      throw new ComError(HResult.RPC_S_CALLPENDING, where, 'another finish waits for this call')
    this.#finishing = true
    try {
      const { shape } = begun
      const ending = await untilComplete(held.caller, completion, limits, () => {
        this.#cancel(where, 0).catch(() => {}) // a thread that takes no calls; the grace period ends the wait
      })
      const aborted = (hresult: HRESULT) => {
        const { by = 'cancel', cause } = ending.canceled ?? {}
        return new ComAbortError(cause, {
          ...abortCause(by, limits),
          function: shape.name,
          hresult,
          started: true,
        })
      }
      if (!ending.complete) {
        refuseGone(held, where)
        throw aborted(
          ending.canceled?.by === 'close' ? HResult.RPC_E_DISCONNECTED : HResult.RPC_S_CALLPENDING,
        )
      }
      const operation = methodCall(asyncIid, shape.finish, begun, 'finish')
      const outcome = await runMethod(held, operation, shape.name, NO_LIMITS, () => this.#end())
      if (ending.canceled) {
        discardOutcome(outcome)
        throw aborted(outcome.hresult)
      }
      if (failed(outcome.hresult)) throw methodError(shape, shape.finish, outcome, of)
      return await resultOf(held, shape, shape.finish, outcome.outs, results)
    } finally {
      this.#finishing = false
    }
  }

  async #cancel(where: string, seconds: number): Promise<HRESULT> {
    const { held } = this.#object
    const operation = { kind: 'cancel-call', seconds } as const
    return (await runOperation(held, operation, { where, limits: NO_LIMITS })).hresult
  }

  /** The call that was begun. Throws ComError when there is none. */
  #refuse(where: string): PreparedCall {
    refuseGone(this.#object.held, where)
    if (this.#begun) return this.#begun
    throw new ComError(HResult.RPC_E_CALL_COMPLETE, where, 'no call was begun; call begin first')
  }

  /** The call is finished, or its results are dropped. */
  #end(): void {
    this.#begun?.outgoing.release()
    this.#begun = undefined
  }

  #limitsOf(where: string, options: unknown, defaults: CallLimits): CallLimits {
    return limitsOf(where, validate.options<CallOptions>(where, options, callOptions), defaults)
  }
}

/** Waits for the completion of a call, for `ms` milliseconds at most. */
const untilSignaled = (held: HeldPointer, completion: Completion, ms: number): Promise<void> =>
  new Promise(resolve => {
    const { caller } = held
    const stopKeeping = caller.awaitCompletion()
    let stopTimer = () => {}
    const end = () => {
      stopKeeping()
      stopTimer()
      stopWatching()
      caller.whenDisposed.delete(end)
      resolve()
    }
    const stopWatching = completion.watch(() => {
      if (completion.complete || completion.released) end()
    })
    caller.whenDisposed.add(end)
    if (completion.complete || ms === 0 || caller.state === 'disposed') end()
    else if (ms !== Number.POSITIVE_INFINITY) stopTimer = later(caller.binding, ms, end)
  })

/** Where a call object comes from. */
export interface CallRequest {
  readonly of: ComInterface
  readonly limits: CallLimits
  readonly results: ObjectMaker<object>
}

/** Creates a call object (ICallFactory::CreateCall). `where`: the function that errors name. */
export const createCall = async <Methods extends InterfaceMethods, Object, Argument>(
  held: HeldPointer,
  where: string,
  { of, limits, results }: CallRequest,
): Promise<ComCall<Methods, Object, Argument>> => {
  const asyncIid = asyncIidOf(where, of)
  const completion = new Completion()
  const operation = { kind: 'create-call', iid: asyncIid, signaled: completion.signaled } as const
  const outcome = await runOperation(held, operation, { where, limits })
  const hint =
    outcome.hresult === HResult.E_NOINTERFACE
      ? `the object has no asynchronous calls of ${of.name} (ICallFactory)`
      : undefined
  const { value } = succeeded(where, outcome, { hint })
  const pointed = value && pointerIn(value)
  if (!pointed)
    throw new ComError(HResult.E_UNEXPECTED, where, 'ICallFactory::CreateCall returned no call object')
  const own = new HeldPointer(pointed.pointer, held.caller, pointed.type, held.host)
  return ComCall.make({ of, asyncIid, held: own, completion, limits, results })
}

/** Calls a method asynchronously: one call object, Begin_, the wait, and Finish_. */
export const callAsync = async (held: HeldPointer, request: MethodRequest): Promise<unknown> => {
  const call = await createCall(held, request.shape.name, request)
  try {
    return await call.run(request)
  } finally {
    call.release()
  }
}
