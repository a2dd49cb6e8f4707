// Emulator.use: the default binding of a program, in its async context.
import { setTimeout as sleep } from 'node:timers/promises'
import {
  backend,
  CancelObject,
  ComThread,
  callCancellation,
  cancelCall,
  coDisableCallCancellation,
  coSetCancelObject,
  diagnostics,
  getCurrentThreadId,
  HResult,
  raw,
} from 'com-cancel'
import { Emulator } from 'com-cancel/emulator'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

/** A program as it is for production: it knows nothing of emulators. */
const whoAmI = async (): Promise<unknown> => {
  const thread = await ComThread.start()
  try {
    return await (await thread.createObject('Test.Server')).get('Name')
  } finally {
    await thread[Symbol.asyncDispose]()
  }
}

const named = (name: string): Emulator => {
  const emulator = new Emulator()
  emulator.registerClass({
    progId: 'Test.Server',
    events: ['Changed'],
    properties: { Name: () => name },
    methods: { Change: call => call.fire('Changed') },
  })
  return emulator
}

let one: Emulator
let two: Emulator
beforeEach(() => {
  one = named('one')
  two = named('two')
})
afterEach(async () => {
  for (const each of [one, two]) {
    await each.settled()
    each.assertIdle()
  }
})

it('returns what the program returns, and throws what it throws', async () => {
  expect(one.use(emulator => emulator === one)).toBe(true)
  expect(await one.use(async () => 1)).toBe(1)
  const error = new Error('of the program')
  expect(() =>
    one.use(() => {
      throw error
    }),
  ).toThrow(error)
  await expect(one.use(() => Promise.reject(error))).rejects.toBe(error)
  expect(() => one.use(1 as never)).toThrow('program must be a function')
  await expect(whoAmI(), 'the default is as before').rejects.toMatchObject({
    hresult: HResult.CO_E_CLASSSTRING,
  })
})

describe('the default binding', () => {
  it('is that of each of several programs that run at the same time', async () => {
    const names = await Promise.all([one.use(whoAmI), two.use(whoAmI), one.use(whoAmI)])
    expect(names).toEqual(['one', 'two', 'one'])
  })

  it('is that of the innermost use, and of the outer one after it', async () => {
    await one.use(async () => {
      expect(await two.use(whoAmI)).toBe('two')
      await expect(two.use(() => Promise.reject(new Error()))).rejects.toThrow()
      expect(await whoAmI()).toBe('one')
    })
  })

  it('is that of promises and timers that outlive the program', async () => {
    let late: Promise<unknown> | undefined
    const timer = one.use(() => {
      late = sleep(5).then(whoAmI)
      return new Promise(resolve => setTimeout(() => resolve(whoAmI()), 5))
    })
    expect(await late).toBe('one')
    expect(await timer).toBe('one')
  })

  it('is that of handlers, whether the object or the registration fires the event', async () => {
    const seen: unknown[] = []
    const [registration] = [one.registerClass({ progId: 'Other.Server', events: ['Changed'] })]
    const thread = await one.use(async () => {
      const started = await ComThread.start()
      const object = await started.createObject('Other.Server')
      await object.connect({
        Changed: async () => {
          seen.push(await whoAmI())
        },
      })
      return started
    })
    await registration.fire('Changed')
    await two.use(() => registration.fire('Changed'))
    expect(seen).toEqual(['one', 'one'])
    await thread[Symbol.asyncDispose]()
  })

  it('is that of the functions', async () => {
    const outside = getCurrentThreadId()
    await one.use(async () => {
      expect(getCurrentThreadId()).toBe(one.mainThread.id)
      expect(raw.getCurrentThreadId()).toBe(one.mainThread.id)
      expect(raw.coDisableCallCancellation()).toBe(HResult.CO_E_CANCEL_DISABLED)
      {
        using _ = callCancellation()
        expect(raw.coDisableCallCancellation()).toBe(HResult.S_OK)
        expect(raw.coEnableCallCancellation()).toBe(HResult.S_OK)
        expect(() => two.use(coDisableCallCancellation)).toThrow('CO_E_CANCEL_DISABLED')
      }
      using object = new CancelObject({ onCancel: () => {} })
      coSetCancelObject(object)
      expect(await cancelCall(0)).toBe('requested')
      expect(() => two.use(() => coSetCancelObject(object))).toThrow('this binding')
      coSetCancelObject(null)
      const thread = await ComThread.start()
      expect(diagnostics().threads).toBe(1)
      await thread[Symbol.asyncDispose]()
    })
    expect(getCurrentThreadId()).toBe(outside)
    expect(backend.kind).toBe('emulator')
  })

  it('is a binding that is passed, where one is', async () => {
    await one.use(async () => {
      const thread = await ComThread.start({ binding: two.binding })
      expect(await (await thread.createObject('Test.Server')).get('Name')).toBe('two')
      await thread[Symbol.asyncDispose]()
    })
  })

  it('is that of a program in emulated time', async () => {
    expect(await one.use(() => one.run(whoAmI))).toBe('one')
    expect(await one.run(() => one.use(whoAmI), { seed: 1 })).toBe('one')
  })
})
