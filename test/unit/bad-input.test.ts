// Bad input that the library refuses before a binding sees it: the class of the error and its whole message.
import {
  CancelObject,
  type CancelObjectInit,
  type CancelOptions,
  ComThread,
  type ComThreadOptions,
  cancelCall,
  coCancelCall,
  coGetCallContext,
  coGetCancelObject,
  coInitializeEx,
  coSetCancelObject,
  coSwitchCallContext,
  raw,
  type WaitOptions,
  wait,
} from 'com-cancel'
import { describe, expect, it } from 'vitest'
import { type ErrorName, expectError, type Row, rejecting, throwing } from '../support/bad-input'
import { createUnknown, jobs, leaveNothingBehind, own, startThread, threads } from '../support/com'
import { rejection } from '../support/errors'

leaveNothingBehind()

/** A value of a wrong type. */
const bad = <T>(value: unknown): T => value as T

/** Values, and their descriptions in messages. */
const noNumbers: [value: unknown, described: string][] = [
  ['1', 'the string "1"'],
  ['', 'the string ""'],
  ['x'.repeat(100), `the string "${'x'.repeat(60)}"`],
  [null, 'null'],
  [true, 'true'],
  [1n, '1n'],
  [{}, 'an object of class Object'],
  [[1], 'an object of class Array'],
  [Object(1), 'an object of class Number'],
  [Object.create(null), 'an object'],
  [Symbol('one'), 'a symbol'],
  [function one() {}, 'function one'],
  [(() => () => {})(), 'a function'],
]

const noIntegers: [value: number, described: string][] = [
  [Number.NaN, 'NaN'],
  [-1, '-1'],
  [-1.5, '-1.5'],
  [1.5, '1.5'],
  [2 ** 53, '9007199254740992'],
  [Number.NEGATIVE_INFINITY, '-Infinity'],
]

/** Rows for an argument that takes whole numbers of a range. */
const integerRows = (
  title: string,
  call: (value: unknown) => unknown,
  where: string,
  what: string,
  { min = 0, max = 0xffffffff, unit = '', infinity = false, optional = false } = {},
): Row[] => {
  const message = (described: string) =>
    `${where}: ${what} must be an integer from ${min} to ${max}${unit}, got ${described}`
  const wrongType: [unknown, string][] = optional ? noNumbers : [...noNumbers, [undefined, 'undefined']]
  const wrongRange: [number, string][] = [
    ...noIntegers.filter(([value]) => value < min || value > max || !Number.isInteger(value)),
    [min - 1, String(min - 1)],
    [max + 1, String(max + 1)],
  ]
  if (!infinity) wrongRange.push([Number.POSITIVE_INFINITY, 'Infinity'])
  const rows = (values: [unknown, string][], name: ErrorName): Row[] =>
    values.map(([value, described]) => [
      `${title}: ${described}`,
      () => call(value),
      name,
      message(described),
    ])
  return [...rows(wrongType, 'TypeError'), ...rows(wrongRange, 'RangeError')]
}

const cancelTimeout = {
  max: 4294967294000,
  unit: ' (milliseconds) or Infinity',
  infinity: true,
  optional: true,
}

/** Rows for an argument that takes an interface id. */
const interfaceRows = (title: string, call: (iid: unknown) => unknown, where: string): Row[] => {
  const message = (described: string) =>
    `${where}: iid must be a GUID such as 00000029-0000-0000-c000-000000000046, got ${described}`
  const strings = [
    '',
    'IUnknown',
    '00000029-0000-0000-c000-00000000004',
    '00000029-0000-0000-c000-0000000000466',
    '{00000029-0000-0000-c000-000000000046',
    '00000029-0000-0000-c000-000000000046}',
    '(00000029-0000-0000-c000-000000000046)',
    '0000002900000000c000000000000046',
    '00000029-0000-0000-c000-00000000004g',
    ' 00000029-0000-0000-c000-000000000046',
    '00000029-0000-0000-c000-000000000046\n',
  ]
  return [
    ...strings.map((iid): Row => {
      const described = `the string ${JSON.stringify(iid)}`
      return [`${title}: ${described}`, () => call(iid), 'RangeError', message(described)]
    }),
    ...(
      [
        [null, 'null'],
        [41, '41'],
        [{}, 'an object of class Object'],
      ] as const
    ).map(
      ([iid, described]): Row => [`${title}: ${described}`, () => call(iid), 'TypeError', message(described)],
    ),
  ]
}

/** Rows for an argument that takes an options object or nothing. */
const optionsRows = (title: string, call: (options: unknown) => unknown, where: string): Row[] =>
  (
    [
      [null, 'null'],
      [[], 'an object of class Array'],
      [5, '5'],
      [0, '0'],
      ['', 'the string ""'],
      [true, 'true'],
      [() => {}, 'a function'],
    ] as const
  ).map(([options, described]) => [
    `${title} options: ${described}`,
    () => call(options),
    'TypeError',
    `${where}: options must be an object, got ${described}`,
  ])

const notAnObjectRows = (
  title: string,
  call: (value: unknown) => unknown,
  where: string,
  what: string,
): Row[] =>
  (
    [
      [undefined, 'undefined'],
      [{}, 'an object of class Object'],
      [{ threadId: 1, held: true }, 'an object of class Object'],
      [5, '5'],
      ['', 'the string ""'],
      [false, 'false'],
      [() => {}, 'a function'],
    ] as const
  ).map(([value, described]) => [
    `${title}: ${described}`,
    () => call(value),
    'TypeError',
    `${where}: ${what} must be a CancelObject or ComReference of this binding, or null, got ${described}`,
  ])

describe('reserved pointers', () => {
  const rows = (title: string, call: (reserved: unknown) => unknown): Row[] =>
    (
      [
        [0, '0'],
        [5, '5'],
        ['', 'the string ""'],
        [true, 'true'],
        [1n, '1n'],
        [Symbol('x'), 'a symbol'],
      ] as const
    ).map(([value, described]) => [
      `${title}: ${described}`,
      () => call(value),
      'TypeError',
      `${title}: reserved must be null (or an object, for a pointer that is not NULL), got ${described}`,
    ])
  throwing([
    ...rows('CoEnableCallCancellation', value => raw.coEnableCallCancellation(bad(value))),
    ...rows('CoDisableCallCancellation', value => raw.coDisableCallCancellation(bad(value))),
  ])
})

describe('apartments', () => {
  const expected = "CoInitializeEx: apartment must be 'sta' or 'mta', got"
  throwing([
    ...integerRows('raw CoInitializeEx', value => raw.coInitializeEx(bad(value)), 'CoInitializeEx', 'coInit'),
    ['of no name', () => coInitializeEx(bad('')), 'RangeError', `${expected} the string ""`],
    ['of another name', () => coInitializeEx(bad('MTA')), 'RangeError', `${expected} the string "MTA"`],
    ['inherited', () => coInitializeEx(bad('toString')), 'RangeError', `${expected} the string "toString"`],
    ['by number', () => coInitializeEx(bad(0)), 'TypeError', `${expected} 0`],
    ['none', () => coInitializeEx(bad(undefined)), 'TypeError', `${expected} undefined`],
  ])
})

describe('thread ids', () => {
  throwing([
    ...integerRows('coGetCancelObject', id => coGetCancelObject(bad(id)), 'CoGetCancelObject', 'threadId'),
    ...integerRows(
      'raw coGetCancelObject',
      id => raw.coGetCancelObject(bad(id)),
      'CoGetCancelObject',
      'threadId',
    ),
    ...integerRows('coCancelCall', id => coCancelCall(bad(id)), 'CoCancelCall', 'threadId'),
    ...integerRows('raw coCancelCall', id => raw.coCancelCall(bad(id)), 'CoCancelCall', 'threadId'),
  ])
  rejecting(integerRows('cancelCall', id => cancelCall(bad(id)), 'cancelCall', 'threadId'))
})

describe('interface ids', () => {
  throwing([
    ...interfaceRows('coGetCancelObject', iid => coGetCancelObject(0, bad(iid)), 'CoGetCancelObject'),
    ...interfaceRows('coGetCallContext', iid => coGetCallContext(bad(iid)), 'CoGetCallContext'),
    ...interfaceRows('raw coGetCallContext', iid => raw.coGetCallContext(bad(iid)), 'CoGetCallContext'),
    ...interfaceRows('supports', iid => createUnknown().supports(bad(iid)), 'QueryInterface'),
    [
      'supports: undefined',
      () => createUnknown().supports(bad(undefined)),
      'TypeError',
      'QueryInterface: iid must be a GUID such as 00000029-0000-0000-c000-000000000046, got undefined',
    ],
  ])
})

describe('timeouts of a cancel', () => {
  const timed = (timeout: unknown) => bad<CancelOptions>({ timeout })
  throwing([
    ...integerRows(
      'raw coCancelCall',
      seconds => raw.coCancelCall(0, bad(seconds)),
      'CoCancelCall',
      'seconds',
      { optional: true },
    ),
    ...integerRows(
      'coCancelCall',
      timeout => coCancelCall(0, timed(timeout)),
      'CoCancelCall',
      'timeout',
      cancelTimeout,
    ),
    ...integerRows(
      'ComReference.cancel',
      timeout => own(new CancelObject()).cancel(timed(timeout)),
      'ICancelMethodCalls::Cancel',
      'timeout',
      cancelTimeout,
    ),
    ...optionsRows('coCancelCall', options => coCancelCall(0, bad(options)), 'CoCancelCall'),
    ...optionsRows(
      'ComReference.cancel',
      options => own(new CancelObject()).cancel(bad(options)),
      'ICancelMethodCalls::Cancel',
    ),
  ])
  rejecting([
    ...integerRows(
      'cancelCall',
      timeout => cancelCall(0, timed(timeout)),
      'cancelCall',
      'timeout',
      cancelTimeout,
    ),
    ...optionsRows('cancelCall', options => cancelCall(0, bad(options)), 'cancelCall'),
  ])
})

describe('the wait of the calling thread', () => {
  const cancelable = (value: unknown) => bad<{ cancelable: boolean }>({ cancelable: value })
  const rows = (title: string, call: (ms: unknown, options?: unknown) => unknown): Row[] => [
    ...integerRows(title, ms => call(ms), 'wait', 'ms', { max: 0xfffffffe }),
    ...optionsRows(title, options => call(0, options), 'wait'),
    [
      `${title}, cancelable: 1`,
      () => call(0, cancelable(1)),
      'TypeError',
      'wait: options.cancelable must be a boolean, got 1',
    ],
    [
      `${title}, cancelable: null`,
      () => call(0, cancelable(null)),
      'TypeError',
      'wait: options.cancelable must be a boolean, got null',
    ],
  ]
  throwing([
    ...rows('wait', (ms, options) => wait(bad(ms), bad(options))),
    ...rows('raw wait', (ms, options) => raw.wait(bad(ms), bad(options))),
  ])
})

describe('cancel objects', () => {
  const create = (init: unknown) => () => own(new CancelObject(bad(init)))
  const withResult = (cancelResult: unknown) => create({ cancelResult } as CancelObjectInit)()
  const notAFunction = (described: string) => `CancelObject: onCancel must be a function, got ${described}`
  throwing([
    ...optionsRows('CancelObject', init => own(new CancelObject(bad(init))), 'CancelObject'),
    ...integerRows('CancelObject cancelResult', withResult, 'CancelObject', 'cancelResult', {
      min: -0x80000000,
      max: 0xffffffff,
      optional: true,
    }),
    ['onCancel: 5', create({ onCancel: 5 }), 'TypeError', notAFunction('5')],
    ['onCancel: {}', create({ onCancel: {} }), 'TypeError', notAFunction('an object of class Object')],
    ['onCancel: null', create({ onCancel: null }), 'TypeError', notAFunction('null')],
    ['onCancel: 0', create({ onCancel: 0 }), 'TypeError', notAFunction('0')],
    ['onCancel: an empty string', create({ onCancel: '' }), 'TypeError', notAFunction('the string ""')],
    ...notAnObjectRows('coSetCancelObject', o => coSetCancelObject(bad(o)), 'CoSetCancelObject', 'object'),
    ...notAnObjectRows(
      'raw coSetCancelObject',
      o => raw.coSetCancelObject(bad(o)),
      'CoSetCancelObject',
      'object',
    ),
    ...notAnObjectRows(
      'coSwitchCallContext',
      o => coSwitchCallContext(bad(o)),
      'CoSwitchCallContext',
      'context',
    ),
    ...notAnObjectRows(
      'raw coSwitchCallContext',
      o => raw.coSwitchCallContext(bad(o)),
      'CoSwitchCallContext',
      'context',
    ),
  ])
})

describe('ComThread.start', () => {
  const start = (options: unknown) => ComThread.start(bad(options))
  const apartment = "ComThread.start: options.apartment must be 'sta' or 'mta', got"
  rejecting([
    ...optionsRows('start', start, 'ComThread.start'),
    ['apartment: nta', () => start({ apartment: 'nta' }), 'RangeError', `${apartment} the string "nta"`],
    ['apartment: MTA', () => start({ apartment: 'MTA' }), 'RangeError', `${apartment} the string "MTA"`],
    ['apartment: 2', () => start({ apartment: 2 }), 'TypeError', `${apartment} 2`],
    ['apartment: null', () => start({ apartment: null }), 'TypeError', `${apartment} null`],
    [
      'callCancellation: 1',
      () => start({ callCancellation: 1 }),
      'TypeError',
      'ComThread.start: options.callCancellation must be a boolean, got 1',
    ],
    [
      'callCancellation: "no"',
      () => start({ callCancellation: 'no' }),
      'TypeError',
      'ComThread.start: options.callCancellation must be a boolean, got the string "no"',
    ],
    ...integerRows('grace', grace => start({ grace }), 'ComThread.start', 'options.grace', {
      max: 0x7fffffff,
      optional: true,
    }),
  ])

  it('starts no thread then', async () => {
    await rejection(
      start({ apartment: 'nta' } satisfies Record<keyof Pick<ComThreadOptions, 'apartment'>, string>),
    )
    expect(threads()).toBe(0)
  })
})

describe('ComThread.wait', () => {
  const where = 'ComThread.wait'
  /** On a thread that stays idle, and whose queue must stay empty. */
  const cases: [title: string, ms: unknown, options: unknown, name: ErrorName, message: string][] = []
  for (const [title, act, name, message] of integerRows('ms', ms => ms, where, 'ms', { max: 0xfffffffe }))
    cases.push([title, act(), undefined, name, message])
  for (const [title, act, name, message] of optionsRows('wait', options => options, where))
    cases.push([title, 0, act(), name, message])
  for (const [signal, described] of [
    [null, 'null'],
    [{}, 'an object of class Object'],
    [{ aborted: false, addEventListener() {} }, 'an object of class Object'],
    [new EventTarget(), 'an object of class EventTarget'],
    [new AbortController(), 'an object of class AbortController'],
    ['abort', 'the string "abort"'],
    [5, '5'],
    [false, 'false'],
  ] as const)
    cases.push([
      `signal: ${described}`,
      0,
      { signal },
      'TypeError',
      `${where}: signal must be an AbortSignal, got ${described}`,
    ])
  for (const [cancelable, described] of [
    [null, 'null'],
    [0, '0'],
    ['true', 'the string "true"'],
  ] as const)
    cases.push([
      `cancelable: ${described}`,
      0,
      { cancelable },
      'TypeError',
      `${where}: options.cancelable must be a boolean, got ${described}`,
    ])

  it.each(cases)('%s', async (_, ms, options, name, message) => {
    const thread = await startThread()
    const promise = thread.wait(bad(ms), bad<WaitOptions>(options))
    expect(jobs()).toBe(0)
    expectError(await rejection(promise), name, message)
    expect(thread.state).toBe('idle')
    await thread.wait(0)
  })

  it('rejects with the error of a getter', async () => {
    const thread = await startThread()
    const error = new Error('not readable')
    const options = {
      get signal(): AbortSignal {
        throw error
      },
    }
    expect(await rejection(thread.wait(0, options))).toBe(error)
  })

  it('refuses no arguments', async () => {
    const thread = await startThread()
    const promise = (thread.wait as () => Promise<void>).call(thread)
    expectError(
      await rejection(promise),
      'TypeError',
      'ComThread.wait: ms must be an integer from 0 to 4294967294, got undefined',
    )
  })
})

describe('ComThread.cancel', () => {
  const cases: [title: string, options: unknown, name: ErrorName, message: string][] = []
  for (const [title, act, name, message] of integerRows(
    'timeout',
    timeout => ({ timeout }),
    'ComThread.cancel',
    'timeout',
    cancelTimeout,
  ))
    cases.push([title, act(), name, message])
  for (const [title, act, name, message] of optionsRows('cancel', options => options, 'ComThread.cancel'))
    cases.push([title, act(), name, message])

  it.each(cases)('%s', async (_, options, name, message) => {
    const thread = await startThread()
    expectError(await rejection(thread.cancel(bad(options))), name, message)
  })
})
