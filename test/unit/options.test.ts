// Options that no function knows, and signals in the place of options: every options object refuses them.
import { CancelObject, ComThread, cancelCall, coCancelCall, dynamic, record, wait } from 'com-cancel'
import { EmulatedObject, Emulator, explore } from 'com-cancel/emulator'
import { describe, expect, it } from 'vitest'
import { nearest } from '../../dist/errors/nearest'
import { expectError } from '../support/bad-input'
import { rejection } from '../support/errors'

const bad = <T>(value: unknown): T => value as T

const emulator = new Emulator()
const { binding } = emulator
emulator.registerClass({ progId: 'Options.Test', methods: { Act: () => {} }, events: ['Done'] })

/** Calls `act` with an object and its thread. Everything has been disposed when the promise settles. */
const withObject = async (act: (object: Awaited<ReturnType<ComThread['createObject']>>) => unknown) => {
  await using thread = await ComThread.start({ binding })
  using object = await thread.createObject('Options.Test')
  return await act(object)
}

/** A function with options, one of its options misspelled, and the right name. */
type Row = [where: string, act: (options: never) => unknown, wrong: string, right: string]

const withSignal: Row[] = [
  ['ComObject.call', o => withObject(object => object.call('Act', [], o)), 'Signal', 'signal'],
  ['ComObject.call', o => withObject(object => object.call('Act', [], o)), 'name', 'named'],
  ['ComObject.get', o => withObject(object => object.get('Act', [], o)), 'signl', 'signal'],
  ['ComObject.set', o => withObject(object => object.set('Act', 1, o)), 'arg', 'args'],
  ['ComObject.setReference', o => withObject(object => object.setReference('Act', 1, o)), 'args_', 'args'],
  ['ComObject.has', o => withObject(object => object.has('Act', o)), 'singal', 'signal'],
  ['ComObject.items', o => withObject(object => object.items(o)), 'batchs', 'batch'],
  ['ComObject.connect', o => withObject(object => object.connect({}, o)), 'iids', 'iid'],
  ['ComObject.setProxyBlanket', o => withObject(object => object.setProxyBlanket(o)), 'Service', 'service'],
  ['ComObject.serverProcess', o => withObject(object => object.serverProcess(o)), 'Timeout', 'timeout'],
  [
    'ComThread.createObject',
    o => withObject(({ thread }) => thread.createObject('Options.Test', o)),
    'bitnes',
    'bitness',
  ],
  [
    'ComThread.getActiveObject',
    o => withObject(({ thread }) => thread.getActiveObject('Options.Test', o)),
    'signals',
    'signal',
  ],
  ['ComThread.getObject', o => withObject(({ thread }) => thread.getObject('x:', o)), 'windw', 'window'],
  ['ComThread.wait', o => withObject(({ thread }) => thread.wait(0, o)), 'canceleable', 'cancelable'],
  ['ComThread.start', o => ComThread.start(o), 'apartement', 'apartment'],
  ['ComObject.with', o => withObject(object => object.with(o)), 'queuetimeout', 'queueTimeout'],
  ['ComObject.call', o => withObject(object => object.call('Act', [], o)), 'timeOut', 'timeout'],
  ['dynamic', o => withObject(object => dynamic(object, o)), 'sginal', 'signal'],
  ['ComObject.call', o => withObject(object => dynamic(object).Act?.$call([], o)), 'Named', 'named'],
  ['ComObject.set', o => withObject(object => dynamic(object).Act?.$set(1, o)), 'arsg', 'args'],
]

const withoutSignal: Row[] = [
  ['ComThread.implement', o => withObject(({ thread }) => thread.implement({}, o)), 'idd', 'iid'],
  ['ComThread.cancel', o => withObject(({ thread }) => thread.cancel(o)), 'time_out', 'timeout'],
  ['cancelCall', o => cancelCall(0, o), 'timout', 'timeout'],
  ['CoCancelCall', o => coCancelCall(0, o), 'tiemout', 'timeout'],
  ['wait', o => wait(0, o), 'cancellable', 'cancelable'],
  ['CancelObject', o => new CancelObject(o), 'oncancel', 'onCancel'],
  ['record', o => record(o), 'limits', 'limit'],
  ['Emulator.settled', o => emulator.settled(o), 'timeOut', 'timeout'],
  ['Emulator.run', o => new Emulator().run(() => {}, o), 'seeds', 'seed'],
  ['explore', o => explore(() => {}, o), 'run', 'runs'],
  ['EmulatedObject', o => new EmulatedObject(o), 'method', 'methods'],
  ['Emulator.registerClass', o => emulator.registerClass(o), 'progid', 'progId'],
]

const failureOf = (act: Row[1], options: unknown): Promise<unknown> =>
  rejection((async () => act(bad(options)))())

describe('an unknown option is a TypeError that names the nearest one', () => {
  it.each([...withSignal, ...withoutSignal])('%s: %s', async (where, act, wrong, right) => {
    const what = /EmulatedObject|registerClass/.test(where) ? 'definition' : 'options'
    const message = `${where}: ${what} must not have ${JSON.stringify(wrong)}; did you mean ${right}?`
    expectError(await failureOf(act, { [wrong]: undefined }), 'TypeError', message)
  })

  it('or all of them, when none is near', async () => {
    const act: Row[1] = o => withObject(({ thread }) => thread.wait(0, o))
    expect(await failureOf(act, { deadline: 50 })).toMatchObject({
      name: 'TypeError',
      message: expect.stringMatching(
        /^ComThread.wait: options must not have "deadline"; the names are .*signal/,
      ),
    })
  })
})

describe('a signal in the place of options is a TypeError', () => {
  it.each(withSignal)('%s', async (where, act) => {
    const message = `${where}: options must be an object, got an AbortSignal; pass { signal }`
    expectError(await failureOf(act, AbortSignal.abort()), 'TypeError', message)
  })
})

describe('the nearest name', () => {
  it.each([
    ['Workboks', 'Workbooks'],
    ['WROKBOOKS', 'Workbooks'],
    ['visble', 'Visible'],
    ['Quti', 'Quit'],
    ['x', undefined],
    ['Unrelated', undefined],
    ['W'.repeat(5000), undefined],
  ])('of %s is %s', (name, expected) => {
    expect(nearest(name, ['Visible', 'Workbooks', 'Workbook', 'Quit'])).toBe(expected)
  })
})
