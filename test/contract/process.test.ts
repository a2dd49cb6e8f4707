// How a program that uses the library ends: by itself, when it is told to, or of what its own code throws.
import { describe, expect, it } from 'vitest'
import { leaveNothingBehind } from '../support/com'
import { runProgram } from '../support/program'

leaveNothingBehind()

const run = (fixture: string, ...args: string[]) => runProgram(import.meta.dirname, fixture, args)

describe('a program ends', () => {
  it('by itself, with an idle thread it did not dispose of', async () => {
    expect(await run('ends.cjs', 'idle')).toMatchObject({ code: 0, stdout: 'waited' })
  })

  it('by itself, but not before its calls are back', async () => {
    expect(await run('ends.cjs', 'busy')).toMatchObject({ code: 0, stdout: 'waited\nwaited again' })
  })

  it('by itself, with cancel objects and call contexts left as they are', async () => {
    expect(await run('ends.cjs', 'objects')).toMatchObject({ code: 0, stdout: 'registered' })
  })

  it('with the code it exits with, in the middle of a call', async () => {
    expect(await run('ends.cjs', 'exit')).toMatchObject({ code: 7, stdout: 'exiting' })
  })

  it('with the code it exits with, in the middle of a call that can not be canceled', async () => {
    expect(await run('ends.cjs', 'exit-abandoned')).toMatchObject({ code: 8, stdout: 'abandoned: true' })
  })

  it('when its call is given up by a signal it timed', async () => {
    expect(await run('ends.cjs', 'timeout')).toMatchObject({ code: 0, stdout: 'AbortError' })
  })
})

describe('what onCancel throws', () => {
  it('C2 is an uncaught exception, and no answer of Cancel', async () => {
    expect(await run('throwing.cjs', 'caught')).toMatchObject({
      code: 0,
      stdout: 'requested\nuncaught: thrown by onCancel',
    })
  })

  it('C2 ends a program that does not listen for it', async () => {
    const { code, stdout, stderr } = await run('throwing.cjs', 'uncaught')
    expect(code).toBe(1)
    expect(stdout).toBe('requested')
    expect(stderr).toContain('thrown by onCancel')
  })
})
