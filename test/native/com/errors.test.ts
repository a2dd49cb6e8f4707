// Errors of calls to objects and of their servers.
import {
  ComAbortError,
  ComError,
  type ComObject,
  ComThread,
  diagnostics,
  HResult,
  type HResultName,
  omitted,
  type ServerCall,
  variant,
} from 'com-cancel'
import { describe, expect, it } from 'vitest'
import { untilCollected } from '../../support/collect'
import { own, startThread } from '../../support/com'
import { expectAbortError, expectComError, rejection } from '../../support/errors'
import { repetitions } from '../../support/repetitions'
import { LONG, sleep, soon, until } from '../../support/until'
import { calculatorFor, describePrime, keepServers, titleOfWay, underWine, ways } from './support'

keepServers()

/** A value of a wrong type. */
const bad = <T>(value: unknown): T => value as T

const E_ACCESSDENIED = HResult.E_ACCESSDENIED

describePrime('an error of the server', () => {
  describe.each(ways)(titleOfWay, way => {
    const made = calculatorFor(way)
    const failing = (member: string, ...args: unknown[]): Promise<unknown> =>
      rejection(made.calculator.call(member, bad<never>(args)))

    it('has the fields of EXCEPINFO and the code behind DISP_E_EXCEPTION', async () => {
      const error = await failing('Fail', E_ACCESSDENIED, 'no primes today', 'Prime', 'prime.chm', 42)
      expectComError(error, 'E_ACCESSDENIED', 'Fail')
      expect(error).toMatchObject({
        description: 'no primes today',
        source: 'Prime',
        helpFile: 'prime.chm',
        helpContext: 42,
        message: 'Fail failed: E_ACCESSDENIED (0x80070005): no primes today',
      })
    })

    it('has the wCode of EXCEPINFO', async () => {
      const error = await failing('Fail', 1001, 'code 1001')
      expect(error).toMatchObject({ code: '0x800A03E9', description: 'code 1001' })
      expect(error).not.toHaveProperty('source')
      expect(error).not.toHaveProperty('helpFile')
    })

    it('may have an empty EXCEPINFO', async () => {
      const error = await failing('Fail', 0)
      expectComError(error, 'DISP_E_EXCEPTION', 'Fail')
      expect(error).not.toHaveProperty('description')
    })

    it('names the argument, by position and by name', async () => {
      expect(await failing('Number', 5, 'soon')).toMatchObject({ code: 'DISP_E_TYPEMISMATCH', argument: 2 })
      const named = { named: { ms: 'soon' } }
      const error = await rejection(made.calculator.call('Number', [5], named))
      expect(error).toMatchObject({ code: 'DISP_E_TYPEMISMATCH', argument: 'ms' })
      expect(String(error)).toContain('argument ms')
      const unknown = await rejection(made.calculator.call('Number', [5], { named: { minutes: 1 } }))
      expect(unknown).toMatchObject({ code: 'DISP_E_UNKNOWNNAME', argument: 'minutes' })
    })

    const wrong: [string, (calculator: ComObject) => Promise<unknown>, HResultName][] = [
      ['a member that is missing', each => each.call('IsPrimate', [1]), 'DISP_E_UNKNOWNNAME'],
      ['a property that is missing', each => each.get('Primes'), 'DISP_E_UNKNOWNNAME'],
      ['a property that is missing, set', each => each.set('Primes', 1), 'DISP_E_UNKNOWNNAME'],
      ['a DISPID that is missing', each => each.call(4711), 'DISP_E_MEMBERNOTFOUND'],
      ['a method that is set', each => each.set('IsPrime', 1), 'DISP_E_MEMBERNOTFOUND'],
      ['a method that is got', each => each.get('IsPrime', [7]), 'DISP_E_MEMBERNOTFOUND'],
      ['a property that is read only', each => each.set('Count', 1), 'DISP_E_MEMBERNOTFOUND'],
      ['too few arguments', each => each.call('IsPrime'), 'DISP_E_BADPARAMCOUNT'],
      ['too many arguments', each => each.call('IsPrime', [1, 2]), 'DISP_E_BADPARAMCOUNT'],
      ['a required argument left out', each => each.call('IsPrime', [omitted]), 'DISP_E_PARAMNOTOPTIONAL'],
      ['a value of the wrong type', each => each.call('IsPrime', ['seven']), 'DISP_E_TYPEMISMATCH'],
      ['a value out of range', each => each.call('IsPrime', [2 ** 65]), 'DISP_E_OVERFLOW'],
      ['an index that is missing', each => each.get('Item', ['nowhere']), 'DISP_E_BADINDEX'],
      [
        'no argument to name without a name',
        each => each.call(10, [], { named: { n: 7 } }),
        'DISP_E_UNKNOWNNAME',
      ],
      [
        'a value set by reference that is no object',
        each => each.setReference('Value', 5),
        'DISP_E_TYPEMISMATCH',
      ],
      [
        'events that it does not have',
        each => each.connect({}, { iid: '00020400-0000-0000-c000-000000000046' }),
        'CONNECT_E_NOCONNECTION',
      ],
      [
        'no object to call back',
        each => each.call('CallBack', [variant('dispatch', null), 1, 1]),
        'DISP_E_TYPEMISMATCH',
      ],
    ]
    it.each(wrong)('%s', async (_, act, code) => {
      const error = await rejection(act(made.calculator))
      expect(error).toBeInstanceOf(ComError)
      expect(error).toMatchObject({ code })
    })

    it('has what JavaScript threw in a callback', async () => {
      const { calculator } = made
      const throwing = (error: unknown) =>
        rejection(
          calculator.call('CallBack', [
            () => {
              throw error
            },
            1,
            1,
          ]),
        )
      const plain = await throwing(new RangeError('no such prime'))
      expect(plain).toMatchObject({
        code: 'DISP_E_EXCEPTION',
        source: 'JavaScript',
        description: 'no such prime',
      })
      const typed = await throwing(new ComError(E_ACCESSDENIED, 'inside', 'keep out'))
      expect(typed).toMatchObject({ code: 'E_ACCESSDENIED', source: 'JavaScript' })
      const aborted = await throwing(new ComAbortError('enough'))
      expect(aborted).toMatchObject({ code: 'RPC_E_CALL_CANCELED' })
      const rejected = await rejection(
        calculator.call('CallBack', [async () => Promise.reject('text'), 1, 1]),
      )
      expect(rejected).toMatchObject({ code: 'DISP_E_EXCEPTION' })
      const unfit = await rejection(calculator.call('CallBack', [() => Symbol('unfit'), 1, 1]))
      expect(unfit).toMatchObject({
        code: 'DISP_E_EXCEPTION',
        description: expect.stringContaining('the result'),
      })
      expect(await calculator.call('IsPrime', [97])).toBe(true)
    })

    it('C7 has another class than the error of a canceled call', async () => {
      expectComError(await failing('Fail', HResult.RPC_E_CALL_CANCELED), 'RPC_E_CALL_CANCELED', 'Fail')
      const { signal } = new AbortController()
      const error = await rejection(made.calculator.call('Fail', [HResult.RPC_E_CALL_CANCELED], { signal }))
      expectComError(error, 'RPC_E_CALL_CANCELED', 'Fail')
    })
  })

  it.each(['mta', 'sta'] as const)(
    'of this process has the deferred EXCEPINFO and IErrorInfo: %s',
    async apartment => {
      const thread = await startThread({ apartment })
      const calculator = own(await thread.createObject('Prime.Calculator.Inproc'))
      const deferred = await rejection(calculator.call('FailDeferred', [E_ACCESSDENIED, 'later', 'Prime']))
      expect(deferred).toMatchObject({ code: 'E_ACCESSDENIED', description: 'later', source: 'Prime' })
      const info = await rejection(
        calculator.call('FailErrorInfo', [HResult.E_FAIL, 'of the thread', 'Prime', 'p.chm', 7]),
      )
      expect(info).toMatchObject({
        code: 'E_FAIL',
        description: 'of the thread',
        source: 'Prime',
        helpFile: 'p.chm',
        helpContext: 7,
      })
      // The next error has no IErrorInfo of this one.
      const next = await rejection(calculator.get('Item', ['nowhere']))
      expect(next).toMatchObject({ code: 'DISP_E_BADINDEX' })
      expect(next).not.toHaveProperty('description')
    },
  )
})

describePrime('bad input', () => {
  it.each([
    'No.Such.Class',
    'No Such Class',
    '{not-a-clsid}',
    '{A6696CB7-1C2F-4595-B641-E6168D7336B}',
    'a'.repeat(100_000),
  ])('no class of that name: %.40s', async name => {
    const thread = await startThread()
    const error = await rejection(thread.createObject(name))
    expectComError(error, 'CO_E_CLASSSTRING', 'ComThread.createObject')
    expectComError(
      await rejection(thread.getActiveObject(name)),
      'CO_E_CLASSSTRING',
      'ComThread.getActiveObject',
    )
  })

  it('gives an error for a class that is not registered or not running', async () => {
    const thread = await startThread()
    const clsid = '{deadbeef-1c2f-4595-b641-e6168d7336bb}'
    expectComError(
      await rejection(thread.createObject(clsid)),
      'REGDB_E_CLASSNOTREG',
      'ComThread.createObject',
    )
    expectComError(
      await rejection(thread.getActiveObject('Prime.Calculator')),
      'MK_E_UNAVAILABLE',
      'ComThread.getActiveObject',
    )
  })

  it.each([
    'nosuchmoniker:',
    ':::',
    '!',
    'new:',
    'new:{not-a-clsid}',
    'winmgmts:!!',
    String.raw`C:\no\such\file.xyz`,
  ])('a moniker that leads nowhere: %s', async moniker => {
    const thread = await startThread()
    const error = await rejection(thread.getObject(moniker))
    expect(error).toBeInstanceOf(ComError)
    expect(String(error)).toContain(JSON.stringify(moniker))
  })

  it('of arguments does not reach the server and leaks nothing', async () => {
    const thread = await startThread()
    const calculator = own(await thread.createObject('Prime.Calculator.Inproc'))
    const cyclic: unknown[] = [1]
    cyclic.push(cyclic)
    const hidden: unknown[] = [[[cyclic]]]
    let deep: unknown = 1
    for (let i = 0; i < 100; i++) deep = [deep]
    const started = await calculator.get('Started')
    const refuse = async (value: unknown) => rejection(calculator.call('Echo', bad<never>([value])))
    for (const value of [
      cyclic,
      hidden,
      {},
      { valueOf: () => 1 },
      Symbol('s'),
      new Map(),
      [() => {}, Symbol('s')],
    ])
      expect(await refuse(value)).toBeInstanceOf(TypeError)
    for (const value of [deep, 2n ** 64n, new Date(Number.NaN), new Date(Date.UTC(10_000, 1))])
      expect(await refuse(value)).toBeInstanceOf(RangeError)
    expect(String(await refuse(cyclic))).toContain('argument 1[1] is cyclic')
    expect(await calculator.get('Started')).toBe(started)
    for (const member of [undefined, null, {}, Number.NaN, 1.5, ''])
      expect(await rejection(calculator.call(bad<never>(member)))).toSatisfy(
        error => error instanceof TypeError || error instanceof RangeError,
      )
    expect(await rejection(calculator.call('Echo', bad<never>('x')))).toBeInstanceOf(TypeError)
    expect(await rejection(calculator.call('Echo', [1], bad<never>({ signal: 'now' })))).toBeInstanceOf(
      TypeError,
    )
    expect(await rejection(calculator.call('Echo', [1], bad<never>({ named: 'now' })))).toBeInstanceOf(
      TypeError,
    )
  })

  it('of released objects and of a disposed thread gives an error', async () => {
    const thread = await ComThread.start({ apartment: 'sta' })
    const calculator = await thread.createObject('Prime.Calculator.Inproc')
    const released = await thread.createObject('Prime.Calculator.Inproc')
    released[Symbol.dispose]()
    const gone = async (promise: Promise<unknown>) =>
      expect(await rejection(promise)).toMatchObject({ code: 'RPC_E_DISCONNECTED' })
    const everyWay = async (object: ComObject) => {
      await gone(object.call('IsPrime', [97]))
      await gone(object.get('Value'))
      await gone(object.set('Value', 1))
      await gone(object.setReference('Value', calculator))
      await gone(object.has('Value'))
      await gone(object.connect({ Found() {} }))
      await gone(object.items().next())
    }
    await everyWay(released)
    await gone(calculator.call('Echo', [released]))
    await thread[Symbol.asyncDispose]()
    await everyWay(calculator)
    await gone(thread.createObject('Prime.Calculator'))
    calculator[Symbol.dispose]()
  })

  it('of a remote activation gives an error', async () => {
    const thread = await startThread()
    const options = { context: 'local', server: 'x' } as const
    expect(await rejection(thread.createObject('Prime.Calculator', options))).toBeInstanceOf(RangeError)
  })

  it('of a machine that does not exist gives an error', async context => {
    context.skip(underWine, 'Wine makes the object on this machine')
    const thread = await startThread()
    const options = { server: 'no-such-machine.invalid' }
    const error = await soon(
      'it is refused',
      thread.createObject('Prime.Calculator', options).catch(each => each),
      LONG,
    )
    expect(error).toBeInstanceOf(ComError)
  }, 300_000)
})

describePrime('a server that is busy', () => {
  const start = async (options: { apartment: 'sta' | 'mta'; busyRetry?: number }) => {
    const thread = await startThread(options)
    return { thread, calculator: own(await thread.createObject('Prime.Calculator.Sta')) }
  }

  it.each(['mta', 'sta'] as const)('M1 is retried until it accepts the call: %s', async apartment => {
    const { calculator } = await start({ apartment })
    const began = performance.now()
    await calculator.call('Busy', [400, true])
    expect(await calculator.call('IsPrime', [97])).toBe(true)
    expect(performance.now() - began).toBeGreaterThan(300)
  })

  it.each(['mta', 'sta'] as const)('M1 is retried for each kind of operation: %s', async apartment => {
    const { calculator } = await start({ apartment })
    await calculator.set('Item', 'first', { args: ['a'] })
    const items = calculator.items({ batch: 1 })
    await calculator.set('Item', 'second', { args: ['b'] })
    const busy = () => calculator.call('Busy', [250, true])
    await busy()
    expect(await calculator.has('IsPrime')).toBe(true)
    await busy()
    expect(await items.next()).toEqual({ done: false, value: 'first' })
    await busy()
    expect(await items.next()).toEqual({ done: false, value: 'second' })
    await busy()
    const connection = await calculator.connect({ Found() {} })
    await busy()
    await connection[Symbol.asyncDispose]()
    expect(await calculator.get('Sinks')).toBe(0)
  })

  it.each(['mta', 'sta'] as const)('M1 is retried for busyRetry milliseconds only: %s', async apartment => {
    const { calculator } = await start({ apartment, busyRetry: 300 })
    await calculator.call('Busy', [3000, true])
    const began = performance.now()
    expectComError(await rejection(calculator.call(10, [97])), 'RPC_E_CALL_REJECTED', 'DISPID 10')
    expect(performance.now() - began).toBeLessThan(2900)
    await sleep(Math.max(0, 3100 - (performance.now() - began)))
    expect(await calculator.call('IsPrime', [97])).toBe(true)
  })

  it.each(['mta', 'sta'] as const)('M1 is not retried when busyRetry is 0: %s', async apartment => {
    const { calculator } = await start({ apartment, busyRetry: 0 })
    await calculator.call('Busy', [1500, true])
    expectComError(await rejection(calculator.call(10, [97])), 'RPC_E_CALL_REJECTED', 'DISPID 10')
    await sleep(1600)
  })

  it.each(['mta', 'sta'] as const)('M1 C7 can be canceled during the retries: %s', async apartment => {
    const { calculator, thread } = await start({ apartment })
    await calculator.call('Busy', [3000, true])
    const began = performance.now()
    const controller = new AbortController()
    const waiting = rejection(calculator.call('IsPrime', [97], { signal: controller.signal }))
    await sleep(150)
    controller.abort('enough')
    const error = await waiting
    expect(error).toBeInstanceOf(ComAbortError)
    expect(error).toMatchObject({ cause: 'enough', abandoned: false })
    expect(performance.now() - began).toBeLessThan(2900)
    expect(thread.state).toBe('idle')
    await sleep(Math.max(0, 3100 - (performance.now() - began)))
    expect(await calculator.call('IsPrime', [97])).toBe(true)
  })
})

describePrime('a server that refuses', () => {
  const { RPC_E_SERVERCALL_RETRYLATER, VBA_E_IGNORE } = HResult
  /** Makes the class object refuse the next activations. */
  const refuse = async (times: number) => {
    const keeper = await startThread()
    const calculator = own(await keeper.createObject('Prime.Calculator'))
    own({ [Symbol.asyncDispose]: async () => void (await calculator.call('RefuseActivations', [0, 0])) })
    await calculator.call('RefuseActivations', [times, RPC_E_SERVERCALL_RETRYLATER])
    return calculator
  }

  it.each(['mta', 'sta'] as const)('M1 activations is asked again: %s', async apartment => {
    await refuse(3)
    const thread = await startThread({ apartment })
    const began = performance.now()
    const calculator = own(await thread.createObject('Prime.Calculator'))
    expect(performance.now() - began).toBeGreaterThan(200)
    expect(await calculator.call('IsPrime', [97])).toBe(true)
    await refuse(1)
    expect(await own(await thread.getObject('new:Prime.Calculator')).call('IsPrime', [97])).toBe(true)
  })

  it.each(['mta', 'sta'] as const)(
    'M1 activations is asked for busyRetry milliseconds only, or until the cancel: %s',
    async apartment => {
      const refusing = await refuse(1_000_000)
      const impatient = await startThread({ apartment, busyRetry: 200 })
      const where = 'ComThread.createObject'
      expectComError(
        await rejection(impatient.createObject('Prime.Calculator')),
        'RPC_E_SERVERCALL_RETRYLATER',
        where,
      )
      const thread = await startThread({ apartment, busyRetry: 600_000 })
      const controller = new AbortController()
      const activating = rejection(thread.createObject('Prime.Calculator', { signal: controller.signal }))
      await sleep(150)
      controller.abort('enough')
      expect(await activating).toMatchObject({ name: 'AbortError', cause: 'enough' })
      await until('the thread is idle', () => thread.state === 'idle')
      await refusing.call('RefuseActivations', [0, 0])
      expect(await own(await thread.createObject('Prime.Calculator')).call('IsPrime', [97])).toBe(true)
    },
  )

  it.each(['mta', 'sta'] as const)('M1 calls with VBA_E_IGNORE is called again: %s', async apartment => {
    const thread = await startThread({ apartment, busyRetry: 2000 })
    const calculator = own(await thread.createObject('Prime.Calculator'))
    await calculator.call('RefuseCalls', [3, VBA_E_IGNORE])
    const began = performance.now()
    expect(await calculator.call('IsPrime', [97])).toBe(true)
    expect(performance.now() - began).toBeGreaterThan(200)
    await calculator.call('RefuseCalls', [1_000_000, VBA_E_IGNORE])
    expectComError(await rejection(calculator.call('IsPrime', [97])), 'VBA_E_IGNORE', 'IsPrime')
  })
})

describePrime('failed calls', () => {
  it('of every kind leak nothing', async () => {
    const thread = await startThread()
    const calculator = own(await thread.createObject('Prime.Calculator'))
    const { pointers } = diagnostics()
    const back = (_: ServerCall) => {
      throw new Error('no')
    }
    for (let i = 0; i < repetitions(20, 200); i++) {
      const failing = [
        calculator.call('Fail', [E_ACCESSDENIED, 'no']),
        calculator.call('CallBack', [back, 1, calculator]),
        calculator.call('IsPrime', [calculator]),
        calculator.call('Missing', [() => {}]),
        thread.createObject('No.Such.Class'),
      ]
      const outcomes = await soon('all have failed', Promise.allSettled(failing))
      expect(outcomes.map(({ status }) => status)).toEqual(Array(5).fill('rejected'))
    }
    expectAbortError(
      await rejection(calculator.call('IsPrime', [97], { signal: AbortSignal.abort('early') })),
      {
        reason: 'early',
      },
    )
    // Garbage collection releases the objects that handlers were passed.
    await untilCollected('its pointers are released', () => diagnostics().pointers <= pointers)
  })
})
