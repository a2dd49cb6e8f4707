// The program of *Inside COM+* for asynchronous calls: begins IsPrime, works on, cancels the call, and finishes it.
//
//   node examples/async-prime/main.mjs
//
// With the addon it calls the server that is registered on this machine (prime_server.exe -register). With the
// emulator it first registers the emulated class of the same name; the rest is the same.
import { backend, ComThread } from 'com-cancel'
import { IPrime } from './interfaces.mjs'

if (backend.kind === 'emulator') {
  const { Emulator } = await import('com-cancel/emulator')
  const { registerAsyncPrime } = await import('./class.mjs')
  registerAsyncPrime(Emulator.shared)
}

/** A prime number for which the server takes seconds. */
const BIG = 2_147_483_647

console.log(`Prime.Async, ${backend.kind === 'native' ? `on ${backend.host}` : 'emulated'}\n`)

const thread = await ComThread.start()
const prime = await thread.createObject('Prime.Async')

// Begin_IsPrime, Cancel, Finish_IsPrime: each step by itself.
const call = await prime.createCall(IPrime)
await call.begin('IsPrime', [BIG])
console.log(`IsPrime(${BIG}) is under way; the thread is ${thread.state}`)
console.log(`meanwhile IsPrime(97) is ${await prime.callMethod(IPrime, 'IsPrime', [97])}`)
if (!(await call.wait(200))) console.log(`not complete after 200 ms: ${await call.cancel()}`)
try {
  console.log(`IsPrime(${BIG}) is ${await call.finish()}`)
} catch (error) {
  if (error.code !== 'RPC_E_CALL_CANCELED') throw error
  console.log(error.message)
}
call.release()

// The same in one line, with a signal.
try {
  await prime.callAsync(IPrime, 'IsPrime', [BIG], { signal: AbortSignal.timeout(200) })
} catch (error) {
  if (error.name !== 'AbortError') throw error
  console.log(error.message)
}

// A hundred calls are under way at once, on one thread. Each has its own result.
const numbers = Array.from({ length: 100 }, (_, i) => i)
const results = await Promise.all(numbers.map(n => prime.callAsync(IPrime, 'Number', [n, 200])))
console.log(`${results.filter((result, i) => result === i).length} of 100 calls have their own result`)

prime.release()
await thread.close()
