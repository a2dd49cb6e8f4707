// The end of a program: without work left, by process.exit, or by an uncaught exception.
import { describe, expect, it } from 'vitest'
import { leaveNothingBehind } from '../support/com'
import { runProgram } from '../support/program'

leaveNothingBehind()

const run = (fixture: string, ...args: string[]) => runProgram(import.meta.dirname, fixture, args)

describe('a program ends', () => {
  it('with an idle thread that was not disposed of', async () => {
    expect(await run('ends.cjs', 'idle')).toMatchObject({ code: 0, stdout: 'waited' })
  })

  it('when its calls have returned, not before', async () => {
    expect(await run('ends.cjs', 'busy')).toMatchObject({ code: 0, stdout: 'waited\nwaited again' })
  })

  it('with cancel objects and call contexts that are still set', async () => {
    expect(await run('ends.cjs', 'objects')).toMatchObject({ code: 0, stdout: 'registered' })
  })

  it('with its exit code during a call', async () => {
    expect(await run('ends.cjs', 'exit')).toMatchObject({ code: 7, stdout: 'exiting' })
  })

  it('with its exit code during a call that can not be canceled', async () => {
    expect(await run('ends.cjs', 'exit-abandoned')).toMatchObject({ code: 8, stdout: 'abandoned: true' })
  })

  it('W4 while a canceled call still blocks its thread, which was replaced', async () => {
    expect(await run('ends.cjs', 'abandoned')).toMatchObject({ code: 0, stdout: 'abandoned: true\nreplaced' })
  })

  it('during the calls of a thread that unref was called on, until ref is', async () => {
    expect(await run('ends.cjs', 'unreferenced')).toMatchObject({ code: 0, stdout: 'called' })
    expect(await run('ends.cjs', 'referenced')).toMatchObject({ code: 0, stdout: 'called\nwaited' })
  })

  it('when a thread that is being closed has ended, not before', async () => {
    expect(await run('ends.cjs', 'closing')).toMatchObject({ code: 0, stdout: 'closing\nclosed' })
  })

  it('when AbortSignal.timeout has canceled its call', async () => {
    expect(await run('ends.cjs', 'timeout')).toMatchObject({ code: 0, stdout: 'AbortError' })
  })
})

describe('an exception of onCancel', () => {
  it('C2 is an uncaught exception and does not change what Cancel returns', async () => {
    expect(await run('throwing.cjs', 'caught')).toMatchObject({
      code: 0,
      stdout: 'requested\nuncaught: thrown by onCancel',
    })
  })

  it('C2 ends a program that does not handle it', async () => {
    const { code, stdout, stderr } = await run('throwing.cjs', 'uncaught')
    expect(code).toBe(1)
    expect(stdout).toBe('requested')
    expect(stderr).toContain('thrown by onCancel')
  })
})
