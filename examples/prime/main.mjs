// The story of the book: a client blocks in IsPrime, gives it up, the server notices, and the next call gets its own answer.
//
//   node examples/prime/main.mjs
//
// With the addon it calls the server that is registered on this machine (prime_server.exe -register). Where there
// is none, with the emulator, it registers the emulated class of the same name first; all the rest is the same.

import { setTimeout as sleep } from 'node:timers/promises'
import { backend, ComThread } from 'com-cancel'

if (backend.kind === 'emulator') {
  const { Emulator } = await import('com-cancel/emulator')
  const { registerPrime } = await import('./class.mjs')
  registerPrime(Emulator.shared)
}

/** Prime, as the server takes seconds to find out. */
const BIG = 2_147_483_647

const started = performance.now()
const say = (who, what) => {
  const ms = String(Math.round(performance.now() - started))
  console.log(`${ms.padStart(6)} ms  ${who.padEnd(10)}  ${what}`)
}

console.log(`Prime.Calculator, ${backend.kind === 'native' ? `on ${backend.host}` : 'emulated'}\n`)

const thread = await ComThread.start()
const calculator = await thread.createObject('Prime.Calculator')
await calculator.call('Reset')
say('client', `thread ${thread.id} has a calculator in another process`)

say('client', `IsPrime(97) is ${await calculator.call('IsPrime', [97])}`)

const controller = new AbortController()
const call = calculator.call('IsPrime', [BIG], { signal: controller.signal })
say('client', `IsPrime(${BIG}) blocks the thread; JavaScript goes on`)
setTimeout(() => {
  say('client', 'has no more patience, and gives the call up')
  controller.abort()
}, 300)
try {
  say('client', `IsPrime(${BIG}) is ${await call}`)
} catch (error) {
  if (error.name !== 'AbortError') throw error
  say('client', `the call is back: ${error.message}`)
}

// Until the call is back that was given up, its thread takes no other.
while (thread.state === 'abandoned') await sleep(5)
say('client', `the next call gets its own answer: Number(42) is ${await calculator.call('Number', [42])}`)

// The server finds out on its own, a moment after the client has gone on.
while ((await calculator.get('GaveUp')) === 0) await sleep(5)
const [calls, finished, gaveUp] = [
  await calculator.get('Started'),
  await calculator.get('Finished'),
  await calculator.get('GaveUp'),
]
say('server', `has seen ${calls} calls: ${finished} finished, ${gaveUp} gave up when it noticed`)

calculator[Symbol.dispose]()
await thread[Symbol.asyncDispose]()
