// Many calls that are canceled at random moments: each has its own result (C10, C12).
import { ComAbortError, ComError, type ComThread } from 'com-cancel'
import { describe, expect, it } from 'vitest'
import { jobs, leaveNothingBehind, startThread } from '../support/com'
import { expectAbortError, expectComError, rejection } from '../support/errors'
import { random, takeSeed } from '../support/random'
import { repetitions } from '../support/repetitions'
import { LONG, sleep, soon, until } from '../support/until'

leaveNothingBehind()

const SEED = takeSeed('storms')

const TIMES = repetitions(50, 1_000)

/** Waits a random time, from none to a few milliseconds. */
const moment = async (choose: (limit: number) => number): Promise<void> => {
  const kind = choose(4)
  if (kind === 0) return
  if (kind === 1) return new Promise(resolve => setImmediate(resolve))
  return sleep(choose(4))
}

describe.each(['mta', 'sta'] as const)('a thread of kind %s', apartment => {
  it('C10 a signal cancels its own call and not the next', async () => {
    const thread = await startThread({ apartment })
    const choose = random(SEED + (apartment === 'mta' ? 1 : 2))
    for (let i = 0; i < TIMES; i++) {
      const controller = new AbortController()
      const given = rejection(thread.wait(LONG, { signal: controller.signal }))
      const next = thread.wait(choose(3))
      await moment(choose)
      controller.abort(i)
      expectAbortError(await given, { reason: i })
      await soon('the next call has its own result', next)
    }
  })

  it('C10 a signal that aborts when its call completes does not cancel the next', async () => {
    const thread = await startThread({ apartment })
    const choose = random(SEED + (apartment === 'mta' ? 3 : 4))
    for (let i = 0; i < TIMES; i++) {
      const controller = new AbortController()
      const outcome = thread.wait(choose(3), { signal: controller.signal }).then(
        () => 'its own end',
        (error: unknown) => error,
      )
      const next = thread.wait(choose(3))
      await moment(choose)
      controller.abort(i)
      const ended = await soon('it is settled', outcome)
      if (ended !== 'its own end') {
        expect(ended).toBeInstanceOf(ComAbortError)
        expect(ended).toMatchObject({ cause: i, abandoned: false })
      }
      await soon('the next call has its own result', next)
    }
  })

  it('C10 ComThread.cancel cancels the running call and not the next', async () => {
    const thread = await startThread({ apartment })
    const choose = random(SEED + (apartment === 'mta' ? 5 : 6))
    for (let i = 0; i < TIMES; i++) {
      const outcome = thread.wait(choose(4)).then(
        () => 'its own end',
        (error: unknown) => error,
      )
      await moment(choose)
      const canceling = thread.cancel().catch((error: unknown) => error)
      const next = thread.wait(choose(3))
      const answer = await soon('the cancel has ended', canceling)
      const ended = await soon('it is settled', outcome)
      if (answer === 'requested') expectComError(ended, 'RPC_E_CALL_CANCELED', 'ComThread.wait')
      else {
        expect(ended).toBe('its own end')
        if (answer !== 'completed') expectComError(answer, 'E_NOINTERFACE', 'CoCancelCall')
      }
      await soon('the next call has its own result', next)
    }
  })
})

describe('several threads', () => {
  /** Whether a call is aborted, and when. */
  type Fate = 'runs' | 'aborted before' | 'aborted later'

  const drive = async (thread: ComThread, seed: number, count: number): Promise<number> => {
    const choose = random(SEED + seed)
    let settled = 0
    const calls = Array.from({ length: count }, async (_, n) => {
      const fate = (['runs', 'aborted before', 'aborted later', 'aborted later'] as const)[choose(4)] as Fate
      const reason = { seed, n }
      if (fate === 'runs') await thread.wait(choose(15))
      else if (fate === 'aborted before')
        expectAbortError(await rejection(thread.wait(LONG, { signal: AbortSignal.abort(reason) })), {
          reason,
        })
      else {
        const controller = new AbortController()
        setTimeout(() => controller.abort(reason), choose(1000))
        const error = await thread.wait(LONG, { signal: controller.signal }).catch((error: unknown) => error)
        expectAbortError(error, { reason })
      }
      settled++
    })
    await soon('every call is settled', Promise.all(calls))
    return settled
  }

  it('C10 hundreds of calls of which some are canceled settle once, each with its own result', async () => {
    const all = await Promise.all(
      (['mta', 'sta', 'mta', 'sta'] as const).map(apartment => startThread({ apartment })),
    )
    const settled = await Promise.all(all.map((thread, n) => drive(thread, 100 + n, 80)))
    expect(settled).toEqual([80, 80, 80, 80])
    await until('no job is left', () => jobs() === 0)
    for (const thread of all) expect(thread.state).toBe('idle')
  })

  it('C7 one signal cancels the calls of a hundred threads', async () => {
    const all = await Promise.all(Array.from({ length: 100 }, () => startThread()))
    const controller = new AbortController()
    const blocked = all.map(thread => rejection(thread.wait(LONG, { signal: controller.signal })))
    await until('all have their call', () => jobs() === 100)
    controller.abort('all')
    for (const error of await Promise.all(blocked)) {
      expect(error).not.toBeInstanceOf(ComError)
      expectAbortError(error, { reason: 'all' })
    }
  })
})
