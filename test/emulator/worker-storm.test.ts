// Worker threads that end at any moment, in processes of their own: no hang, and no leak.
import path from 'node:path'
import { HResult } from 'com-cancel'
import { describe, expect, it } from 'vitest'
import { node } from '../support/program-workers'

/** Begins a program, and the workers that it starts. */
const com = `
  const { ComThread, HResult, diagnostics, raw } = require('com-cancel')
  const { Emulator } = require('com-cancel/emulator')
  const { Worker, parentPort } = require('node:worker_threads')
  const INFINITE = 0xffffffff
  const sleep = ms => new Promise(resolve => setTimeout(resolve, ms))
  const heard = worker => new Promise(resolve => worker.once('message', resolve))
  /** A worker's: a thread that waits, whose id is posted. */
  const wait = async () => {
    const thread = await ComThread.start()
    thread.wait(100_000).catch(error => parentPort.postMessage(error.code))
    setTimeout(() => parentPort.postMessage(thread.id), 10)
  }
  const until = async condition => {
    while (!condition()) await sleep(2)
  }
`

/** Source of a worker, as an expression. */
const worker = (program: string): string => `new Worker(${JSON.stringify(com + program)}, { eval: true })`

/** In the program: everything has been given back. */
const idle = `
  const used = () => Object.values({ ...diagnostics(), calls: Emulator.usage.calls.used })
  await until(() => Emulator.usage.workers.used === 1 && used().every(n => n === 0))
  console.log('idle')
`

const fixture = (name: string): string =>
  `require(${JSON.stringify(path.join(import.meta.dirname, 'fixtures', name))})`

/** Small memory, so that it is full now and then; and that of every program. */
it.each(['threads=1024,calls=256,names=8,workers=16', ''])(
  'a storm of calls, cancels and terminations leaves nothing behind: %s',
  memory => {
    const { stdout } = node(fixture('worker-storm.cjs'), memory)
    const { bad, left, calls, requested, answered } = JSON.parse(stdout)
    expect(bad).toEqual([])
    expect(left).toEqual({
      diagnostics: { threads: 0, jobs: 0, objects: 0, pointers: 0, handles: 0 },
      usage: { workers: 1, calls: 0, names: 0 },
    })
    expect(calls).toBeGreaterThan(0)
    expect(answered, 'every cancelCall is answered').toBe(requested)
  },
)

describe('room in the shared memory', () => {
  it('of an ended worker can be used by others', () => {
    const { stdout } = node(
      `${com}
      const run = async () => {
        const threads = []
        for (let i = 0; i < 120; i++) threads.push(await ComThread.start())
        await Promise.all(threads.map(thread => thread.wait(20)))
        for (const thread of threads) await thread[Symbol.asyncDispose]()
        const worker = ${worker('wait()')}
        console.log(typeof (await heard(worker)))
        await worker.terminate()
      }
      run()`,
      'threads=128,calls=128',
    )
    expect(stdout).toBe('number')
  })

  it('of held calls of an ended worker can be used by others', () => {
    const { stdout } = node(
      `${com}
      const run = async () => {
        Emulator.shared
        const ids = []
        for (let i = 0; i < 4; i++) {
          const worker = ${worker('wait()')}
          const id = await heard(worker)
          ids.push(typeof id)
          const { object } = raw.coGetCancelObject(id)
          await worker.terminate()
          object?.[Symbol.dispose]()
        }
        console.log(ids.join())
      }
      run()`,
      'calls=128',
    )
    expect(stdout).toBe('number,number,number,number')
  })
})

describe('a worker that ends', () => {
  it('is noticed when the worker that started it does not use the emulator', () => {
    const below = `require('node:worker_threads').parentPort.postMessage`
    const between = `
      const { Worker } = require('node:worker_threads')
      const below = new Worker(${JSON.stringify(`${com}wait()`)}, { eval: true })
      below.on('message', message => ${below}(message))
    `
    const { stdout } = node(
      `${com}
      const run = async () => {
        Emulator.shared
        const between = new Worker(${JSON.stringify(between)}, { eval: true })
        const id = await heard(between)
        console.log(raw.coCancelCall(id, 0))
        await between.terminate()
        ${idle}
      }
      run()`,
    )
    expect(stdout.split('\n')).toEqual(['0', 'idle'])
  })

  it.each([
    ['process.exit()', 'process.exit()'],
    ['an error', 'throw new Error()'],
  ])('C6 by %s wakes a thread that sleeps in a Cancel of its call', (_, end) => {
    const { stdout } = node(
      `${com}
      const run = async () => {
        Emulator.shared
        const worker = ${worker(`wait(); setTimeout(() => { ${end} }, 300)`)}
        worker.on('error', () => {})
        console.log(raw.coCancelCall(await heard(worker), INFINITE))
        ${idle}
      }
      run()`,
    )
    expect(stdout.split('\n')).toEqual([String(HResult.RPC_E_CALL_COMPLETE), 'idle'])
  })

  it('C6 wakes a thread that sleeps in a Cancel of a call that it served', () => {
    const server = `
      const methods = { Never: () => new Promise(() => {}) }
      Emulator.shared.registerClass({ progId: 'Test.Server', methods })
      parentPort.postMessage('ready')
      parentPort.once('message', () => setTimeout(() => process.exit(), 300))
    `
    const client = `
      const run = async () => {
        const thread = await ComThread.start()
        const object = await thread.createObject('Test.Server')
        object.call('Never').catch(() => {})
        setTimeout(() => parentPort.postMessage(thread.id), 10)
      }
      run()
    `
    const { stdout } = node(
      `${com}
      const run = async () => {
        Emulator.shared
        const server = ${worker(server)}
        await heard(server)
        const client = ${worker(client)}
        const id = await heard(client)
        server.postMessage('end')
        console.log(raw.coCancelCall(id, INFINITE))
        await client.terminate()
        ${idle}
      }
      run()`,
    )
    expect(stdout.split('\n')).toEqual([String(HResult.RPC_E_CALL_COMPLETE), 'idle'])
  })
})

it('C6 a method on a thread without an id does not sleep until its own call is over', () => {
  const { stdout } = node(
    `${com}
    const run = async () => {
      const threads = []
      while (threads.length < 63) threads.push(await ComThread.start()) // and there is the main thread
      const methods = { Cancel: call => console.log(raw.coCancelCall(call.caller, INFINITE)) }
      Emulator.shared.registerClass({ progId: 'Test.Server', methods })
      const object = await threads[0].createObject('Test.Server')
      await object.call('Cancel').catch(error => console.log(error.code))
      process.exit()
    }
    run()`,
    'threads=64',
  )
  expect(stdout.split('\n')).toEqual(['0', 'RPC_E_CALL_CANCELED'])
})

it('one of two workers that register a name at once succeeds', () => {
  const rounds = 100
  const play = `
    const play = words => {
      for (let round = 0; round < ${rounds}; round++) {
        const meet = word => {
          Atomics.add(words, word, 1)
          while (Atomics.load(words, word) < 2) ;
        }
        meet(round * 3)
        let registration
        try {
          registration = Emulator.shared.registerClass({ progId: 'Test.Server' })
          Atomics.add(words, round * 3 + 1, 1)
        } catch {}
        meet(round * 3 + 2)
        registration?.[Symbol.dispose]()
      }
    }
  `
  const { stdout } = node(
    `${com}${play}
    const run = async () => {
      Emulator.shared
      const words = new Int32Array(new SharedArrayBuffer(${rounds} * 12))
      const worker = ${worker(`${play} parentPort.once('message', play); parentPort.postMessage('ready')`)}
      await heard(worker)
      worker.postMessage(words)
      play(words)
      await worker.terminate()
      console.log(Array.from({ length: ${rounds} }, (_, round) => words[round * 3 + 1]).join(''))
    }
    run()`,
  )
  expect(stdout).toBe('1'.repeat(rounds))
})

it('modules that are loaded repeatedly leak nothing', () => {
  const { stdout, stderr } = node(fixture('reloading.cjs'), '', ['--expose-gc'])
  expect(JSON.parse(stdout)).toEqual({ gone: true })
  expect(stderr).not.toMatch(/MaxListenersExceededWarning/)
})
