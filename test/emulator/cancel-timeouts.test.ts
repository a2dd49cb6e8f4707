// Cancel timeouts of one call that several workers request: the shortest counts (C7).
import { expect, it } from 'vitest'
import { CallInFlight } from '../../dist/emulator/cancel/call-in-flight.js'
import { ControlledClock } from '../../dist/emulator/clock/controlled-clock.js'
import { POOL_THREAD } from '../../dist/emulator/objects/cancel-methods.js'
import type { SharedState, SharedThread } from '../../dist/emulator/objects/shared-state.js'
import { System } from '../../dist/emulator/threads/system.js'
import { NO_DRIVER, Thread } from '../../dist/emulator/threads/thread.js'

/** A call whose state is in memory that the test changes as another worker does. */
const sharedCall = () => {
  const clock = new ControlledClock()
  clock.stop()
  const memory = { flags: 0, cancelTimeout: 0xffffffff }
  const shared: SharedThread = {
    id: 4,
    newState: seed => {
      memory.flags = seed.flags
      const state: SharedState = {
        at: 0,
        holders: 0,
        get flags() {
          return memory.flags
        },
        get cancelTimeout() {
          return memory.cancelTimeout
        },
        set: flag => {
          const before = memory.flags
          memory.flags |= flag
          return before
        },
        free: () => {},
      }
      return state
    },
    showTop: () => {},
    end: () => {},
  }
  const thread = new Thread(4, shared)
  thread.enableCancellation()
  const call = new CallInFlight(new System(clock), thread, NO_DRIVER, {
    startedAt: 0,
    describe: () => 'a call',
  })
  call.register()
  return { call, memory }
}

it.each([
  [60, 30],
  [5, 5],
  [0xffffffff, 60],
])(
  'C7 a timeout of 1 s of another worker counts although Cancels with %d s and %d s are around it',
  (first, second) => {
    const { call, memory } = sharedCall()
    call.cancel(first, POOL_THREAD)
    memory.cancelTimeout = 1 // another worker cancels; this one is notified in a later turn
    call.cancel(second, POOL_THREAD)
    expect(call.endsAt).toBe(1000)
  },
)

it('C7 a longer timeout of another worker changes nothing', () => {
  const { call, memory } = sharedCall()
  call.cancel(2, POOL_THREAD)
  memory.cancelTimeout = 30
  expect(call.endsAt).toBe(2000)
})
