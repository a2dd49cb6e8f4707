// What tests import as 'vitest' in hosts in which vitest does not run: its runner and its assertions, without Vite.
import {
  ASYMMETRIC_MATCHERS_OBJECT,
  customMatchers,
  getState,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  setState,
} from '@vitest/expect'
import * as chai from 'chai'

export {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  it,
  onTestFinished,
  test,
} from '@vitest/runner'

for (const plugin of [JestExtend, JestChaiExpect, JestAsymmetricMatchers]) chai.use(plugin)

const assertion = (value: unknown, message?: string) => chai.expect(value, message)

/** As vitest's `expect`, without what it does not need here: snapshots, polls, counts of assertions. */
export const expect = Object.assign(
  assertion,
  chai.expect,
  (globalThis as Record<symbol, object>)[ASYMMETRIC_MATCHERS_OBJECT],
) as typeof assertion & Parameters<typeof getState>[0] & { extend(matchers: object): void }
setState({ ...getState(expect), assertionCalls: 0, isExpectingAssertions: false }, expect)
expect.extend = matchers =>
  (chai.expect as unknown as { extend(expect: unknown, matchers: object): void }).extend(expect, matchers)
expect.extend(customMatchers)
