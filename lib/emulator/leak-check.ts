// The leak check of one emulator: lists what is still alive.
import { AssertionError } from 'node:assert'
import type { Milliseconds } from './clock/clock'
import { type LiveSet, type Living, quantity } from './objects/live-objects'
import type { System } from './threads/system'

// Saved before a test installs fake timers, with which `settled` could wait forever.
const { setTimeout, clearTimeout } = globalThis

/** The longest list of one kind; what is beyond is counted. */
const MOST_LINES = 20

/** One line for each description, with the number of equal ones. */
const linesOf = (living: Iterable<Living>): string[] => {
  const counts = new Map<string, number>()
  for (const each of living) {
    const line = each.describe()
    counts.set(line, (counts.get(line) ?? 0) + 1)
  }
  const lines = [...counts].map(([line, count]) => (count === 1 ? line : `${count} times: ${line}`))
  const more = lines.length - MOST_LINES
  return more > 1 ? [...lines.slice(0, MOST_LINES), `and ${more} more`] : lines
}

/** Everything that is alive, by kind. */
const allKinds = ({ live }: System): [kind: string, living: LiveSet][] => [
  ['threads', live.threads],
  ['jobs', live.jobs],
  ['calls in flight', live.calls],
  ['methods that run although no caller waits for them', live.methods],
  ['calls that JavaScript has not answered', live.unanswered],
  ['server processes', live.processes],
  ['classes registered as running', live.running],
  ['COM objects', live.objects],
  ['interface pointers', live.pointers],
  ['blocks', live.blocks],
  ['timeouts and watchdogs', live.watches],
]

/** Ends the calls that are due, even if their timers have not fired yet. */
const catchUpAll = ({ threads, clock }: System): void => {
  clock.now() // notices that fake timers were uninstalled
  for (const thread of threads.living) thread.driver.catchUp()
}

const isIdle = (system: System): boolean => {
  catchUpAll(system)
  return system.clock.timers === 0 && allKinds(system).every(([, living]) => living.size === 0)
}

const listAlive = (system: System): [kind: string, lines: string[]][] => {
  const found = allKinds(system).map(([kind, living]): [string, string[]] => [kind, linesOf(living)])
  const { timers } = system.clock
  found.push(['timers', timers > 0 ? [quantity(timers, 'pending timer')] : []])
  return found.filter(([, lines]) => lines.length > 0)
}

const formatList = (found: [kind: string, lines: string[]][]): string =>
  found.map(([kind, lines]) => [`${kind}:`, ...lines.map(line => `  - ${line}`)].join('\n')).join('\n')

/** A list of what is alive, of several lines. */
export const listOfLiving = (system: System): string =>
  formatList(listAlive(system)) || 'nothing in the emulator'

/** Throws AssertionError when anything is alive. Its stack starts at the caller of `from`. */
export const assertIdle = (system: System, from: () => void): void => {
  if (isIdle(system)) return
  const found = listAlive(system)
  throw new AssertionError({
    message: `The emulator is not idle. Still alive:\n\n${formatList(found)}\n`,
    actual: Object.fromEntries(found),
    expected: {},
    operator: 'assertIdle',
    stackStartFn: from,
  })
}

/** Fulfils when nothing is alive, or after `timeout` milliseconds. */
export const settled = async (system: System, timeout: Milliseconds): Promise<void> => {
  let late = false
  const deadline = setTimeout(() => {
    late = true
  }, timeout)
  do await new Promise(resolve => setTimeout(resolve, 1))
  while (!late && !isIdle(system))
  clearTimeout(deadline)
}

/** The same in the emulator's time, for a program inside `Emulator.run`. */
export const settledInRun = async (system: System, timeout: Milliseconds): Promise<void> => {
  const { clock } = system
  const deadline = clock.now() + timeout
  do await new Promise<void>(resolve => clock.after(1, resolve))
  while (clock.now() < deadline && !isIdle(system))
}
