// Programs that listen to events: when they end, and what an error in a handler does. With either binding.
import { expect, it } from 'vitest'
import { type Ended, runProgram } from './program'

const END = 'the program has nothing more to do'

const listen = async (situation: string): Promise<Ended> => {
  const ended = await runProgram(import.meta.dirname, 'listening.cjs', [situation])
  return { ...ended, stdout: ended.stdout.replaceAll('\r\n', '\n') }
}

/** Defines the tests. */
export const testListeners = (): void => {
  it('keeps the process alive until it is disconnected', async () => {
    expect(await listen('listening')).toEqual({ code: 0, stdout: `${END}\nfound 7`, stderr: '' })
  })

  it.each(['unreferenced', 'closed', 'never answering'])(
    'does not keep the process alive: %s',
    async situation => {
      expect(await listen(situation)).toEqual({ code: 0, stdout: END, stderr: '' })
    },
  )

  it('whose handler fails causes an uncaught exception that names the event', async () => {
    const { code, stderr } = await listen('failing')
    expect(code).toBe(1)
    expect(stderr).toContain('The handler of the event Found has failed: a bug in the handler')
    expect(stderr).toContain('TypeError: a bug in the handler')
    expect(await listen('caught')).toEqual({
      code: 0,
      stdout: `The handler of the event Found has failed: a bug in the handler (TypeError)\ndelivered 0\n${END}`,
      stderr: '',
    })
  })

  it('passes the error of a handler to onError', async () => {
    expect(await listen('onError')).toEqual({
      code: 0,
      stdout: `Found: a bug in the handler\ndelivered 0\n${END}`,
      stderr: '',
    })
  })
}
