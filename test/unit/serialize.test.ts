// Errors that cross a channel as plain objects: serializeError and deserializeError.
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads'
import {
  ComAbortError,
  ComError,
  ComThread,
  deserializeError,
  HResult,
  type SerializedError,
  serializeError,
} from 'com-cancel'
import { Emulator } from 'com-cancel/emulator'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { rejection, thrown } from '../support/errors'

const { port1, port2 } = new MessageChannel()
afterAll(() => port1.close())

/** The error at the other end of a port. */
const across = (error: unknown): Error => {
  port1.postMessage(serializeError(error))
  return deserializeError(receiveMessageOnPort(port2)?.message)
}

/** All that a program can see of an error. */
const seen = (error: Error): object => ({
  class: error.constructor,
  own: Object.getOwnPropertyDescriptors(error),
  message: error.message,
  name: error.name,
  stack: error.stack,
  cause: error.cause,
})

describe('Errors of the library', () => {
  it.each([
    new ComError(0x80004005, 'CoCancelCall'),
    new ComError(HResult.RPC_E_CALL_REJECTED, 'Open', 'the server is busy'),
    new ComError(HResult.DISP_E_EXCEPTION, 'Open', 'no', {
      source: 'Excel',
      description: 'no',
      helpFile: 'C:\\a.chm',
      helpContext: 7,
      argument: 'path',
    }),
    new ComError(HResult.DISP_E_TYPEMISMATCH, 'Open', '', { argument: 2 }),
    // Of a member, the code means what its interface says.
    new ComError(HResult.CONNECT_E_NOCONNECTION, 'Open', '', {}, true),
    new ComError(HResult.CONNECT_E_NOCONNECTION, 'connect'),
    new ComAbortError(undefined, { reason: 'timeout', function: 'Open', timeout: 50, started: true }),
    new ComAbortError(undefined, { reason: 'disposed', hresult: HResult.RPC_E_DISCONNECTED }),
    new ComAbortError('the user', { abandoned: true, hresult: HResult.RPC_S_CALLPENDING }),
    new ComAbortError({ by: ['the user'] }, { started: true, busy: true, hostTerminated: true }),
    new ComAbortError(undefined),
  ])('%s', error => {
    const there = across(error)
    expect(seen(there)).toEqual(seen(error))
    expect(there instanceof ComError).toBe(error instanceof ComError)
    expect(there instanceof ComAbortError).toBe(error instanceof ComAbortError)
    expect(serializeError(there)).toEqual(serializeError(error))
  })

  it('the code, hresult and reason are plain properties, which a page without the package can read', async () => {
    await new Emulator().run(async emulator => {
      emulator.registerClass({ progId: 'A.B', methods: { Work: call => call.delay(10_000) } })
      const thread = await ComThread.start({ binding: emulator.binding })
      const object = await thread.createObject('A.B')
      const canceled = serializeError(await rejection(object.call('Work', [], { timeout: 10 })))
      expect(canceled).toMatchObject({
        type: 'ComAbortError',
        name: 'AbortError',
        code: 'ABORT_ERR',
        reason: 'timeout',
        hresult: HResult.RPC_E_CALL_CANCELED,
        started: true,
        timeout: 10,
      })
      const failed = serializeError(await rejection(object.call('Werk')))
      expect(failed).toMatchObject({ type: 'ComError', code: 'DISP_E_UNKNOWNNAME', name: 'ComError' })
      object[Symbol.dispose]()
      await thread[Symbol.asyncDispose]()
    })
  })
})

describe('Other errors', () => {
  it.each([
    new Error('plain'),
    new TypeError('wrong', { cause: new RangeError('range') }),
    new SyntaxError('syntax', { cause: 0 }),
    new EvalError('eval', { cause: undefined }),
    new ReferenceError('reference', { cause: null }),
    new URIError('uri'),
    Object.assign(new Error('no file'), { code: 'ENOENT' }),
    Object.assign(new Error('busy'), { hresult: HResult.RPC_E_CALL_REJECTED, code: 5 }),
  ])('%s', error => {
    expect(seen(across(error))).toEqual(seen(error))
  })

  it('a DOMException keeps its name and the code that follows from it', () => {
    const there = across(new ComAbortError(AbortSignal.abort().reason)).cause
    expect(there).toBeInstanceOf(DOMException)
    expect(there).toMatchObject({ name: 'AbortError', code: DOMException.ABORT_ERR })
  })

  it('an AggregateError keeps its errors', () => {
    const one = new ComError(HResult.E_FAIL, 'Open')
    const there = across(new AggregateError([one, 'text'], 'both')) as AggregateError
    expect(there).toBeInstanceOf(AggregateError)
    expect(there.message).toBe('both')
    expect(there.errors).toEqual([one, 'text'])
    expect(there.errors[0]).toBeInstanceOf(ComError)
  })

  it('an error of an unknown class is an Error with its name', () => {
    class Odd extends Error {
      override name = 'Odd'
    }
    const there = across(new Odd('odd', { cause: new ComError(HResult.E_FAIL, 'Open') }))
    expect(there.constructor).toBe(Error)
    expect(there).toMatchObject({ name: 'Odd', message: 'odd', cause: { code: 'E_FAIL' } })
    expect(there.cause).toBeInstanceOf(ComError)
  })

  it('a cause that can not be cloned is described', () => {
    expect(across(new Error('a', { cause: () => {} })).cause).toMatch(/function/)
    expect(across(new Error('a', { cause: Symbol('b') })).cause).toBe('a symbol')
  })

  it('a circle of causes ends', () => {
    const error = new Error('round')
    error.cause = error
    let depth = 0
    for (let each: unknown = across(error); each instanceof Error; each = each.cause) depth++
    expect(depth).toBe(17)
  })

  it('an error without a stack gets none of another place', () => {
    const error = new ComError(HResult.E_FAIL, 'Open')
    Reflect.deleteProperty(error, 'stack')
    expect(across(error).stack).toBe(`ComError: ${error.message}`)
  })
})

/** The message of a TypeError that a function throws. */
const message = (act: () => unknown): string => {
  const error = thrown(act)
  expect(error).toBeInstanceOf(TypeError)
  return (error as TypeError).message
}

describe('Bad input', () => {
  it.each([undefined, null, 'text', 5, {}, { name: 'Error', message: 'a' }])('serializeError(%j)', value => {
    expect(message(() => serializeError(value))).toMatch(/^serializeError: error must be an Error, got /)
  })

  const abort = serializeError(new ComAbortError(undefined))
  const failed = serializeError(new ComError(HResult.E_FAIL, 'Open'))
  const plain: SerializedError = { type: 'Error', name: 'Error', message: 'a' }

  it.each<[string, unknown]>([
    ['value must be an object that serializeError has made, got undefined', undefined],
    ['value must be an object that serializeError has made', []],
    ['value must be an object that serializeError has made, got an object of class Error', new Error('a')],
    ["value.type must be 'ComError' or 'ComAbortError'", {}],
    ["value.type must be 'ComError' or", { ...plain, type: 'constructor' }],
    ['value.message must be a string, got 5', { ...plain, message: 5 }],
    ['value.name must be a string, got undefined', { ...plain, name: undefined }],
    ['value.stack must be a string', { ...plain, stack: {} }],
    ['value.code must be a string or a number', { ...plain, code: {} }],
    ['value.cause must be { error } or { value }, got 5', { ...plain, cause: 5 }],
    ['value.cause.error.type must be', { ...plain, cause: { error: { ...plain, type: 'Odd' } } }],
    ['value.errors must be an array, got undefined', { ...plain, type: 'AggregateError' }],
    ['value.errors[0] must be { error } or { value }', { ...plain, type: 'AggregateError', errors: [{}] }],
    ['value.hresult must be a signed 32-bit integer, got 2147500037', { ...failed, hresult: 0x80004005 }],
    ['value.hresult must be a signed 32-bit integer, got NaN', { ...failed, hresult: Number.NaN }],
    ['value.code must be a string', { ...failed, code: 5 }],
    ['value.function must be a string', { ...failed, function: undefined }],
    ['value.argument must be a string or a number', { ...failed, argument: true }],
    ['value.helpContext must be a number', { ...failed, helpContext: '7' }],
    ["value.reason must be 'signal' or 'timeout' or 'disposed'", { ...abort, reason: 'boredom' }],
    ['value.started must be a boolean', { ...abort, started: 1 }],
    ['value.timeout must be a number', { ...abort, timeout: '5' }],
  ])('deserializeError: %s', (expected, value) => {
    expect(message(() => deserializeError(value))).toContain(`deserializeError: ${expected}`)
  })

  it('causes deeper than serializeError makes them are refused', () => {
    let deep: SerializedError = plain
    for (let i = 0; i < 20_000; i++) deep = { ...plain, cause: { error: deep } }
    expect(message(() => deserializeError(deep))).toContain('must be at most 16 errors deep')
  })

  it('any other value is refused with a TypeError or is an Error', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.anything(),
          fc.tuple(fc.constantFrom(abort, failed, plain), fc.object()).map(Object.assign),
        ),
        value => {
          try {
            expect(deserializeError(value)).toBeInstanceOf(Error)
          } catch (error) {
            expect(error).toBeInstanceOf(TypeError)
          }
        },
      ),
    )
  })
})
