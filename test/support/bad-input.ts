// Rows of bad input: each is a test that a call throws, or rejects, with an error of one class and one message.
import { expect, it } from 'vitest'
import { rejection, thrown } from './errors'

export type ErrorName = 'TypeError' | 'RangeError' | 'ComError'

/** A call, the class of its error, and the whole message. */
export type Row = [title: string, act: () => unknown, name: ErrorName, message: string]

export const expectError = (error: unknown, name: ErrorName, message: string): void => {
  expect(error).toBeInstanceOf(Error)
  expect(error).toMatchObject({ name, message })
}

/** Calls that throw. */
export const throwing = (rows: Row[]): void => {
  it.each(rows)('%s', (_, act, name, message) => {
    expectError(thrown(act), name, message)
  })
}

/** Calls that return a promise, which rejects. */
export const rejecting = (rows: Row[]): void => {
  it.each(rows)('%s', async (_, act, name, message) => {
    const promise = act()
    expect(promise).toBeInstanceOf(Promise)
    expectError(await rejection(promise as Promise<unknown>), name, message)
  })
}
