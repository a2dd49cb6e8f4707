// One call that several threads cancel at the same moment.
import { coGetCancelObject, HResult } from 'com-cancel'
import { expect, it } from 'vitest'
import { callOf, leaveNothingBehind, startThread } from '../support/com'
import { ComWorker } from '../support/com-worker'
import { expectComError, rejection } from '../support/errors'
import { repetitions } from '../support/repetitions'
import { LONG, soon, until } from '../support/until'

leaveNothingBehind()

const CANCELERS = 4

const startCancelers = async (): Promise<ComWorker[]> => {
  const cancelers = Array.from({ length: CANCELERS }, () => ComWorker.start(import.meta.dirname, 'owner.cjs'))
  await Promise.all(cancelers.map(canceler => canceler.threadId()))
  return cancelers
}

/** A gate that opens when all cancelers have reached it. */
const makeGate = () => {
  const gate = new Int32Array(new SharedArrayBuffer(8))
  return {
    gate,
    allThere: () => until('all are at the gate', () => Atomics.load(gate, 1) === CANCELERS),
    open: () => {
      Atomics.store(gate, 0, 1)
      Atomics.notify(gate, 0)
    },
  }
}

it.each(['mta', 'sta'] as const)(
  'C4 one of several cancels at once is the first, %s, several times',
  async apartment => {
    const cancelers = await startCancelers()
    const thread = await startThread({ apartment })
    for (let i = 0; i < repetitions(15, 200); i++) {
      const blocked = rejection(thread.wait(LONG))
      ;(await callOf(thread.id))[Symbol.dispose]()
      const { gate, allThere, open } = makeGate()
      const outcomes = cancelers.map(canceler => canceler.run<string>('cancelAtGate', thread.id, gate))
      await allThere()
      const call = coGetCancelObject(thread.id)
      open()
      const all = [call.cancel(), ...(await soon('all have canceled', Promise.all(outcomes)))]
      call[Symbol.dispose]()
      expect(all.filter(outcome => outcome === 'requested')).toHaveLength(1)
      expect(all.filter(outcome => outcome === 'already-canceled')).toHaveLength(CANCELERS)
      expectComError(await blocked, 'RPC_E_CALL_CANCELED', 'ComThread.wait')
    }
    await thread.wait(1)
  },
)

it.each(['mta', 'sta'] as const)(
  'C2 C12 there are as many accepted cancels as canceled calls: %s',
  async apartment => {
    const cancelers = await startCancelers()
    const thread = await startThread({ apartment })
    const { gate, allThere, open } = makeGate()
    const answering = cancelers.map(canceler =>
      canceler.run<Record<string, number>>('cancelUntil', thread.id, gate),
    )
    await allThere()
    const CALLS = repetitions(50, 500)
    for (let i = 0; i < CALLS; i++)
      expectComError(await rejection(thread.wait(LONG)), 'RPC_E_CALL_CANCELED', 'ComThread.wait')
    open()
    const total: Record<string, number> = {}
    for (const answers of await soon('all have stopped', Promise.all(answering)))
      for (const [answer, count] of Object.entries(answers)) total[answer] = (total[answer] ?? 0) + count
    expect(total[HResult.S_OK]).toBe(CALLS)
    const known: number[] = [HResult.S_OK, HResult.RPC_E_CALL_CANCELED, HResult.E_NOINTERFACE]
    expect(Object.keys(total).filter(answer => !known.includes(Number(answer)))).toEqual([])
    await thread.wait(1)
  },
)
