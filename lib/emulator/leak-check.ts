// The leak check of one emulator: what is still alive, said so that whoever forgot it finds it.
import { AssertionError } from 'node:assert'
import type { Milliseconds } from './clock/clock'
import { type Living, quantity } from './objects/live-objects'
import type { System } from './threads/system'

// A test's fake timers must not keep us waiting for ever.
const { setTimeout, clearTimeout } = globalThis

/** More of a kind than this are only counted. */
const MOST_LINES = 20

/** Equal ones on one line. */
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

/** All that there is, under what its kind is called. */
const everything = ({ live }: System): [kind: string, living: ReadonlySet<Living>][] => [
  ['threads', live.threads],
  ['jobs', live.jobs],
  ['calls in flight', live.calls],
  ['methods that run although nobody waits for them', live.methods],
  ['calls that JavaScript has not answered', live.unanswered],
  ['server processes', live.processes],
  ['classes registered as running', live.running],
  ['COM objects', live.objects],
  ['interface pointers', live.pointers],
  ['blocks', live.blocks],
]

/** A call whose time has come is over, also where its timer has yet to fire. */
const keepUp = ({ threads, clock }: System): void => {
  clock.now() // takes note of fake timers that are gone
  for (const thread of threads.living) thread.keeper.keepUp()
}

const isIdle = (system: System): boolean => {
  keepUp(system)
  return system.clock.timers === 0 && everything(system).every(([, living]) => living.size === 0)
}

const alive = (system: System): [kind: string, lines: string[]][] => {
  const found = everything(system).map(([kind, living]): [string, string[]] => [kind, linesOf(living)])
  const { timers } = system.clock
  found.push(['timers', timers > 0 ? [quantity(timers, 'pending timer')] : []])
  return found.filter(([, lines]) => lines.length > 0)
}

const listed = (found: [kind: string, lines: string[]][]): string =>
  found.map(([kind, lines]) => [`${kind}:`, ...lines.map(line => `  - ${line}`)].join('\n')).join('\n')

/** What is alive, as a list of several lines. */
export const listOfLiving = (system: System): string => listed(alive(system)) || 'nothing of the emulator'

/** Throws AssertionError, as if from `from`, when anything is alive. */
export const assertIdle = (system: System, from: () => void): void => {
  if (isIdle(system)) return
  const found = alive(system)
  throw new AssertionError({
    message: `The emulator is not idle. Still alive:\n\n${listed(found)}\n`,
    actual: Object.fromEntries(found),
    expected: {},
    operator: 'assertIdle',
    stackStartFn: from,
  })
}

/** Until nothing is alive, or the time is up. */
export const settled = async (system: System, timeout: Milliseconds): Promise<void> => {
  let late = false
  const deadline = setTimeout(() => {
    late = true
  }, timeout)
  do await new Promise(resolve => setTimeout(resolve, 1))
  while (!late && !isIdle(system))
  clearTimeout(deadline)
}

/** The same in a program that `run` runs: it has no time but the emulator's. */
export const settledInRun = async (system: System, timeout: Milliseconds): Promise<void> => {
  const { clock } = system
  const deadline = clock.now() + timeout
  do await new Promise<void>(resolve => clock.after(1, resolve))
  while (clock.now() < deadline && !isIdle(system))
}
