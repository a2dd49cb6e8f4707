// Random programs whose outcome does not depend on time, and what the contract says becomes of them.
import { ComError, HResult } from 'com-cancel'
import fc from 'fast-check'

/** How a call is canceled: by its job's signal, by ComThread.cancel, or by the thread's id. */
export type How = 'job' | 'thread' | 'id'

export type Step =
  /**
   * A call to an object of another thread, whose method calls back, whose handler calls the object again: `depth`
   * calls in all, 1 to 3. Canceled while the innermost runs, which tests for a cancel if it `notices`.
   */
  | { do: 'call'; depth: 1 | 2 | 3; cancel: How | null; notices: boolean }
  /** A call that is canceled while it is queued behind another. */
  | { do: 'queue' }
  | { do: 'wait'; cancel: How | null; cancelable: boolean }
  /** A cancel without a pending call. */
  | { do: 'nothing'; cancel: 'thread' | 'id' }

export interface Program {
  /** The apartments of the object's thread and of the calling thread. */
  home: 'sta' | 'mta'
  caller: 'sta' | 'mta'
  callCancellation: boolean
  steps: Step[]
}

const apartment = fc.constantFrom('sta' as const, 'mta' as const)
const how = fc.constantFrom<(How | null)[]>('job', 'thread', 'id', null)

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .record({
        do: fc.constant('call' as const),
        depth: fc.constantFrom(1 as const, 2 as const, 3 as const),
        cancel: how,
        notices: fc.boolean(),
      })
      // A job that is canceled while another is nested in it returns at a moment that the contract does not give.
      .map(each => (each.depth === 3 && each.cancel === 'job' ? { ...each, cancel: null } : each)),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('queue' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('wait' as const), cancel: how, cancelable: fc.boolean() }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('nothing' as const),
      cancel: fc.constantFrom('thread' as const, 'id' as const),
    }),
  },
)

export const program: fc.Arbitrary<Program> = fc
  .record({
    home: apartment,
    caller: apartment,
    callCancellation: fc.constantFrom(true, true, true, false),
    steps: fc.array(step, { minLength: 1, maxLength: 4 }),
  })
  // The message filter of a single-threaded apartment cancels what was canceled, enabled or not, when a message
  // arrives (M1), at a moment that the contract does not give.
  .map(each => (each.caller === 'sta' && !each.callCancellation ? withoutJobs(each) : each))

const withoutJobs = (program: Program): Program => ({
  ...program,
  steps: program.steps.map(each =>
    'cancel' in each && each.cancel === 'job' ? { ...each, cancel: null } : each,
  ),
})

/** The outcome of a step: what each call returned, the outermost first, and what the cancel returned. */
export interface Outcome {
  returned: string[]
  said: string | null
}

/** An HRESULT by name. */
export const nameOf = (hresult: number): string =>
  hresult === HResult.S_OK ? 'S_OK' : new ComError(hresult, '').code

/** A reply of its own. */
export const OWN = 'its own'

const CANCELED = nameOf(HResult.RPC_E_CALL_CANCELED)
const NO_CALL = nameOf(HResult.E_NOINTERFACE)
const DISABLED = nameOf(HResult.CO_E_CANCEL_DISABLED)

/** The outcome of a step that the contract gives, on every binding. */
export const predict = (program: Program, step: Step): Outcome => {
  switch (step.do) {
    case 'nothing':
      return { returned: [], said: NO_CALL } // C12
    case 'queue':
      return { returned: [OWN, `${CANCELED}, never begun`], said: 'queued' }
    case 'wait':
      return ofOne(program, step.cancel, step.cancelable)
    case 'call':
      return ofNested(program, step)
  }
}

const ofOne = ({ callCancellation }: Program, cancel: How | null, registers: boolean): Outcome => {
  const effective = cancel !== null && registers && callCancellation
  return { returned: [effective ? CANCELED : OWN], said: said(cancel, registers, callCancellation) }
}

const said = (cancel: How | null, registers: boolean, callCancellation: boolean): string | null => {
  if (cancel === null) return null
  if (cancel === 'job') return 'running'
  if (!registers) return NO_CALL // C14
  return callCancellation ? 'S_OK' : DISABLED // C2, C3
}

const ofNested = (program: Program, { depth, cancel }: Step & { do: 'call' }): Outcome => {
  // Inside one apartment there is no proxy, and nothing is registered (C14).
  const marshaled = program.home === 'sta' || program.caller === 'sta'
  const outcome = ofOne(program, cancel, marshaled)
  const returned = Array.from({ length: depth }, () => OWN)
  returned[hit(program, depth, cancel)] = outcome.returned[0] ?? OWN
  return { returned, said: outcome.said }
}

/** The index of the call that is canceled: the innermost of the calling thread itself (O6). */
export const hit = ({ caller }: Program, depth: number, cancel: How | null): number =>
  // The first and the third are the caller's; the callback of a thread in the multithreaded apartment is carried
  // out on another thread, and so is what its handler calls, which is yet a job of the first.
  depth === 3 && (caller === 'sta' || cancel === 'thread') ? 2 : 0
