// Emulator.run and explore: programs in emulated time, in an order that a seed chooses.
import { ComError, ComThread, functionsOf, HResult } from 'com-cancel'
import { type EmulatedCall, Emulator, explore } from 'com-cancel/emulator'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { collectUntil } from '../support/emulated-threads'

afterEach(() => {
  vi.unstubAllEnvs()
})

type Program<T> = (emulator: Emulator) => Promise<T>

const run = <T>(program: Program<T>, seed?: number): Promise<T> => {
  const emulator = new Emulator()
  emulator.clock.stop()
  return emulator.run(program, seed === undefined ? {} : { seed })
}

const seeds = (count: number): number[] => Array.from({ length: count }, (_, seed) => seed)

const SERVER = 'Test.Server'

const registerWorker = (emulator: Emulator, log: string[] = []) =>
  emulator.registerClass({
    progId: SERVER,
    threading: 'sta',
    create: () => ({}),
    methods: {
      async Work(call: EmulatedCall, name: unknown, ms: unknown) {
        log.push(`begin ${name}`)
        await call.delay(ms as number)
        log.push(`end ${name}`)
        return name
      },
    },
  })

/** Three threads call one single-threaded server: what happened, in order. */
const three: Program<string> = async emulator => {
  const log: string[] = []
  registerWorker(emulator, log)
  const work = async (name: string) => {
    const thread = await ComThread.start({ binding: emulator.binding })
    const object = await thread.createObject(SERVER)
    log.push(`${await object.call('Work', [name, 10])} at ${emulator.clock.now()}`)
    await thread[Symbol.asyncDispose]()
  }
  await Promise.all(['a', 'b', 'c'].map(work))
  return log.join(', ')
}

/** A cancel and a reply at the same moment: which one was first. */
const race: Program<string> = async emulator => {
  registerWorker(emulator)
  const { clock } = emulator
  const thread = await ComThread.start({ binding: emulator.binding })
  const object = await thread.createObject(SERVER)
  const call = object.call('Work', ['x', 20], { signal: clock.timeout(20) })
  const outcome = await call.then(
    () => 'reply',
    (error: Error) => error.name,
  )
  await thread[Symbol.asyncDispose]()
  return outcome
}

describe('a program', () => {
  it('takes emulated time from 0, and returns its result', async () => {
    const since = performance.now()
    const program: Program<number> = async ({ clock, binding }) => {
      const thread = await ComThread.start({ binding })
      await Promise.all([thread.wait(3_600_000), clock.delay(5000)])
      await thread[Symbol.asyncDispose]()
      return clock.now()
    }
    expect(await new Emulator().run(program)).toBe(3_600_000)
    expect(performance.now() - since).toBeLessThan(10_000)
  })

  it('leaves the clock running or stopped as it was', async () => {
    const emulator = new Emulator()
    const { clock } = emulator
    await emulator.run(() => clock.delay(50))
    expect(clock.stopped).toBe(false)
    await clock.delay(1)
    clock.stop()
    const stood = clock.now()
    await emulator.run(() => clock.delay(50))
    expect([clock.stopped, clock.now()]).toEqual([true, stood + 50])
  })

  it('leaves pending work that continues after it', async () => {
    const emulator = new Emulator()
    const log: string[] = []
    await emulator.run(async ({ binding, clock }) => {
      const thread = await ComThread.start({ binding })
      void thread
        .wait(20)
        .then(() => thread[Symbol.asyncDispose]())
        .then(() => log.push('ended'))
      await clock.delay(10)
    })
    expect(log).toEqual([])
    await vi.waitUntil(() => log.length > 0)
  })

  it('fails when nothing is left to happen, with a list of what is pending', async () => {
    const hung: Program<void> = async emulator => {
      const server = registerWorker(emulator)
      const thread = await ComThread.start({ binding: emulator.binding })
      const object = await thread.createObject(SERVER)
      await emulator.clock.delay(250)
      server.hang = true
      await object.call('Work', ['x', 0])
    }
    await expect(run(hung)).rejects.toThrow(
      /^Emulator.run: nothing is left to happen at 250 ms, and .* a call by thread \d+: Work of an object of /s,
    )
    await expect(run(() => new Promise(() => {}))).rejects.toThrow(
      'Still pending:\n\nnothing in the emulator\n',
    )
  })

  it('may wait for setImmediate', async () => {
    expect(await run(() => new Promise(resolve => setImmediate(resolve, 'done')))).toBe('done')
  })

  it('fails in an endless loop at one moment', async () => {
    const endless: Program<void> = async ({ clock }) => {
      for (;;) await clock.delay(0)
    }
    await expect(run(endless)).rejects.toThrow('an endless loop')
  })

  it('can not be run within another, nor advance the clock', async () => {
    const nested: Program<unknown> = emulator => emulator.run(async () => {})
    await expect(run(nested)).rejects.toThrow('Emulator.run: the clock is being moved already')
    await expect(run(({ clock }) => clock.advance(1))).rejects.toThrow(
      'clock.advance: the clock is being moved',
    )
    const emulator = new Emulator()
    await expect(emulator.run('x' as never)).rejects.toThrow(TypeError)
    await expect(emulator.run(async () => {}, { seed: -1 })).rejects.toThrow(RangeError)
    await expect(emulator.run(async () => {}, { seed: '1' as never })).rejects.toThrow(TypeError)
    expect(emulator.clock.stopped).toBe(false)
  })

  it('moves the clock when it blocks JavaScript', async () => {
    const program: Program<number> = async ({ binding, clock }) => {
      functionsOf(binding).wait(1000)
      return clock.now()
    }
    expect(await run(program, 1)).toBe(1000)
  })
})

describe('a seed', () => {
  it('gives the same order each time, and another seed another order', async () => {
    const orders = new Set<string>()
    for (const seed of seeds(60)) {
      const order = await run(three, seed)
      expect(await run(three, seed)).toBe(order)
      orders.add(order)
    }
    expect(orders.size).toBeGreaterThan(10)
    for (const order of orders) {
      // Whatever the order: a single-threaded server carries out one call after the other (C10).
      expect(order.match(/begin|end/g)).toEqual(['begin', 'end', 'begin', 'end', 'begin', 'end'])
      expect(order).toMatch(/ at 30$/)
    }
  })

  it('gives the same order on every machine', async () => {
    expect(await run(three, 1)).toBe(
      'begin b, end b, b at 10, begin a, end a, a at 20, begin c, end c, c at 30',
    )
    expect(await run(three, 0xffffffff)).toBe(
      'begin a, end a, begin b, a at 10, end b, begin c, b at 20, end c, c at 30',
    )
  })

  it('is optional: without one, tasks run in the order they became ready', async () => {
    const order = await run(three)
    expect(order.match(/begin ./g)).toEqual(['begin a', 'begin b', 'begin c'])
    expect(await run(three)).toBe(order)
  })

  it('C5 C7 decides a race between a reply and a cancel', async () => {
    const outcomes = new Map<string, number>()
    for (const seed of seeds(200)) {
      const outcome = await run(race, seed)
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
      if (seed < 40) expect(await run(race, seed)).toBe(outcome)
    }
    expect([...outcomes.keys()].sort()).toEqual(['AbortError', 'reply'])
    for (const count of outcomes.values()) expect(count).toBeGreaterThan(20)
  })

  it('C12 decides whether cancelCall comes before or during a call', async () => {
    const program: Program<string> = async ({ binding, clock }) => {
      const thread = await ComThread.start({ binding })
      const [wait, cancel] = await Promise.allSettled([
        thread.wait(0),
        functionsOf(binding).cancelCall(thread.id, { timeout: 0 }),
        clock.delay(1),
      ])
      await thread[Symbol.asyncDispose]()
      return `${wait.status} ${cancel.status}`
    }
    for (const seed of seeds(20)) expect(await run(program, seed)).toBe('fulfilled rejected')
    const longer: Program<string> = async ({ binding }) => {
      const thread = await ComThread.start({ binding })
      const [wait, cancel] = await Promise.allSettled([
        thread.wait(10),
        functionsOf(binding).cancelCall(thread.id, { timeout: 0 }),
      ])
      await thread[Symbol.asyncDispose]()
      return `${wait.status} ${cancel.status}`
    }
    const outcomes = new Set<string>()
    for (const seed of seeds(50)) outcomes.add(await run(longer, seed))
    expect([...outcomes].sort()).toEqual(['fulfilled rejected', 'rejected fulfilled'])
  })

  it('keeps the order of tasks of one thread', async () => {
    const program: Program<string> = async ({ binding }) => {
      const log: number[] = []
      const threads = await Promise.all(seeds(3).map(() => ComThread.start({ binding })))
      const [first] = threads
      await Promise.all(seeds(10).map(n => first?.wait(0).then(() => log.push(n))))
      await Promise.all(threads.map(thread => thread[Symbol.asyncDispose]()))
      return log.join()
    }
    for (const seed of seeds(20)) expect(await run(program, seed)).toBe('0,1,2,3,4,5,6,7,8,9')
  })
})

describe('an error under a seed', () => {
  it('keeps its class, code and cause, and names the seed in message and stack', async () => {
    const cause = new Error('why')
    const error = new ComError(HResult.E_FAIL, 'Test.Server')
    error.cause = cause
    const caught = await run(() => Promise.reject(error), 12).catch((each: unknown) => each)
    expect(caught).toBe(error)
    expect(caught).toBeInstanceOf(ComError)
    expect(caught).toMatchObject({ hresult: HResult.E_FAIL, code: 'E_FAIL', function: 'Test.Server', cause })
    expect(error.message).toMatch(/\(seed 12: emulator\.run\(program, \{ seed: 12 \}\) repeats it\)$/)
    expect(error.stack).toContain('(seed 12:')
    expect(error.stack).toContain('run-and-explore.test')
  })

  it('names the seed also when the message is read-only, frozen, empty or missing', async () => {
    const fail = (thrown: unknown) =>
      run(() => {
        throw thrown
      }, 12).catch((each: unknown) => each as Error)
    const readOnly = new DOMException('no', 'DataError')
    expect(await fail(readOnly)).toBe(readOnly)
    expect(readOnly).toMatchObject({
      name: 'DataError',
      code: 0,
      message: expect.stringMatching(/^no \(seed 12:/),
    })
    const frozen = Object.freeze(new RangeError('cold'))
    expect(await fail(frozen)).toMatchObject({
      message: expect.stringMatching(/^RangeError: cold \(seed 12:/),
      cause: frozen,
    })
    expect(await fail(new TypeError(''))).toMatchObject({
      message: expect.stringMatching(/^\(seed 12:/),
      stack: expect.stringMatching(/^TypeError: \(seed 12:/),
    })
    expect(await fail('words')).toMatchObject({
      message: expect.stringMatching(/^words \(seed 12:/),
      cause: 'words',
    })
  })

  it('rejects the run when a task of the emulator throws', async () => {
    const program: Program<void> = async emulator => {
      emulator.registerClass({
        progId: SERVER,
        create: () => ({}),
        methods: {},
        onRelease() {
          throw new RangeError('released')
        },
      })
      const thread = await ComThread.start({ binding: emulator.binding })
      const object = await thread.createObject(SERVER)
      object[Symbol.dispose]()
      await emulator.clock.delay(10)
    }
    await expect(run(program, 3)).rejects.toThrow(/^released \(seed 3:/)
  })
})

describe('explore', () => {
  /** Fails in some orders only. */
  const faulty: Program<void> = async emulator => {
    if ((await race(emulator)) === 'reply') throw new RangeError('the reply was first')
  }

  it('runs a program with many seeds, each in a fresh emulator', async () => {
    const seen = new Set<Emulator>()
    await explore(
      async emulator => {
        seen.add(emulator)
        expect(emulator.clock.now()).toBe(0)
        await three(emulator)
      },
      { runs: 25 },
    )
    expect(seen.size).toBe(25)
  })

  it('rejects with the seed that fails, which fails again', async () => {
    const error = await explore(faulty, { runs: 200, seed: 7 }).catch((each: unknown) => each as RangeError)
    expect(error).toBeInstanceOf(RangeError)
    const seed = Number(/seed (\d+):/.exec(error?.message ?? '')?.[1])
    for (let before = 7; before < seed; before++) await run(faulty, before)
    for (let again = 0; again < 3; again++)
      await expect(run(faulty, seed)).rejects.toThrow(`the reply was first (seed ${seed}:`)
    vi.stubEnv('COM_CANCEL_SEED', String(seed))
    await expect(explore(faulty, { seed: seed + 1 })).rejects.toThrow(`(seed ${seed}:`)
  })

  it('runs the seed of COM_CANCEL_SEED alone, and refuses an invalid one', async () => {
    vi.stubEnv('COM_CANCEL_SEED', '4294967295')
    let runs = 0
    await explore(() => {
      runs++
    })
    expect(runs).toBe(1)
    for (const bad of ['4294967296', '-1', 'x', '1.5']) {
      vi.stubEnv('COM_CANCEL_SEED', bad)
      await expect(explore(() => {})).rejects.toThrow(
        `COM_CANCEL_SEED must be an integer from 0 to 4294967295, got '${bad}'`,
      )
    }
  })

  it('refuses invalid options', async () => {
    await expect(explore('x' as never)).rejects.toThrow(TypeError)
    await expect(explore(() => {}, { runs: 0 })).rejects.toThrow(RangeError)
    await expect(explore(() => {}, { seed: 2 ** 32 })).rejects.toThrow(RangeError)
  })

  it('leaks nothing over many runs', async () => {
    const emulators: WeakRef<Emulator>[] = []
    const program: Program<void> = async emulator => {
      emulators.push(new WeakRef(emulator))
      await three(emulator)
    }
    // A second or so; far beyond the test's time limit if each run cost those after it anything.
    await explore(program, { runs: 2000 })
    expect(await collectUntil(() => emulators.every(each => each.deref() === undefined))).toBe(true)
  })
})
