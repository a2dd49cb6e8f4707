// A client of Prime.Calculator: cancels a blocked IsPrime; the server stops, and the next call gets its own reply.
//
//   node examples/prime/main.mjs
//
// With the addon it calls the server that is registered on this machine (prime_server.exe -register). With the
// emulator it first registers the emulated class of the same name; the rest is the same.

import { setTimeout as sleep } from 'node:timers/promises'
import { backend, ComThread } from 'com-cancel'

if (backend.kind === 'emulator') {
  const { Emulator } = await import('com-cancel/emulator')
  const { registerPrime } = await import('./class.mjs')
  registerPrime(Emulator.shared)
}

/** A prime number for which the server takes seconds. */
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
say('client', `IsPrime(${BIG}) blocks the thread; JavaScript continues`)
setTimeout(() => {
  say('client', 'cancels the call')
  controller.abort()
}, 300)
try {
  say('client', `IsPrime(${BIG}) is ${await call}`)
} catch (error) {
  if (error.name !== 'AbortError') throw error
  say('client', `the call returned: ${error.message}`)
}

// An abandoned thread takes no new work until the canceled call returns.
while (thread.state === 'abandoned') await sleep(5)
say('client', `the next call gets its own reply: Number(42) is ${await calculator.call('Number', [42])}`)

// The server checks for the cancel a little later.
while ((await calculator.get('Canceled')) === 0) await sleep(5)
const [calls, finished, canceled] = [
  await calculator.get('Started'),
  await calculator.get('Finished'),
  await calculator.get('Canceled'),
]
say('server', `counted ${calls} calls: ${finished} finished, ${canceled} canceled`)

calculator.release()
await thread.close()
