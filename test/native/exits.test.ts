// Processes that exit in the middle of a COM operation: they end with the exit code they set.
import { expect, it } from 'vitest'
import { leaveNothingBehind } from '../support/com'
import { repeat, runProgram } from '../support/program'
import { repetitions } from '../support/repetitions'

leaveNothingBehind()

const situations = [
  'a call',
  'a call in an STA',
  'a call just made',
  'starting a thread',
  'many calls',
  'a call that is being canceled',
  'a call that can not be canceled',
  'disposing of a thread',
  'a cancel that waits',
  'onCancel of a cancel object',
  "a worker's call",
  'a synchronous call of a worker',
  'a worker that exits in a call',
]

const exit = async (situation: string, code: number) => {
  const ended = await runProgram(import.meta.dirname, 'exiting.cjs', [situation, String(code)])
  expect({ situation, ...ended }).toEqual({ situation, code, stdout: '', stderr: '' })
}

it.each(situations)('a process that exits in the middle of: %s', situation => exit(situation, 42))

const TIMES = repetitions(8, 200)

it(
  `${TIMES} processes that exit in the middle of something, four at once`,
  async () => {
    await repeat(TIMES, 4, n => exit(situations[n % situations.length] as string, n))
  },
  repetitions(900_000, 7_200_000),
)
