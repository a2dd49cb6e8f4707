// The emulated classes of Prime.Async, with the ProgIDs and methods of the native test server (test/native/prime).
import { HResult, raw } from 'com-cancel'
import { emulatedInterface } from 'com-cancel/emulator'
import { IPrime } from './interfaces.mjs'

/** Steps between two checks for a cancel. */
const STEPS = 0x10000

const turn = () => new Promise(resolve => setImmediate(resolve))

const canceled = () => Object.assign(new Error('canceled'), { hresult: HResult.RPC_E_CALL_CANCELED })

/** Rejects when the client cancels. @param {import('com-cancel/emulator').EmulatedCall} call */
const untilCanceled = call =>
  new Promise((_, reject) => {
    if (call.testCancel()) reject(canceled())
    call.signal.addEventListener('abort', () => reject(canceled()))
  })

/** The classes: as it should be, with call objects that refuse aggregation, and with some that cannot be canceled. */
const classes = [
  { name: '', clsid: '7d5b21c4-3e8f-4a67-92d1-5f0ca648e37b' },
  { name: '.Alone', clsid: '7d5b21c5-3e8f-4a67-92d1-5f0ca648e37b' },
  { name: '.Plain', clsid: '7d5b21c6-3e8f-4a67-92d1-5f0ca648e37b', cancelable: false },
]

/**
 * Registers the classes with an emulator. Returns the registrations, that of Prime.Async first.
 * @param {import('com-cancel/emulator').Emulator} emulator
 * @param {import('com-cancel/emulator').EmulatedInterface[]} more More interfaces of the objects.
 */
export const registerAsyncPrime = (emulator, more = []) =>
  classes.map(({ name, clsid, cancelable = true }) => {
    /** @type {number} */
    let lastTest = HResult.S_OK
    const prime = emulatedInterface(
      IPrime,
      {
        // Divides by each number up to half, as *Inside COM+* does. 2147483647 takes seconds.
        async IsPrime(call, number) {
          const half = Math.floor(number / 2) + 1
          for (let count = 2; count < half; count++) {
            if (number % count === 0) return 0
            if (count % STEPS !== 0) continue
            await turn()
            lastTest = raw.coTestCancel()
            if (call.testCancel()) throw canceled()
          }
          return number < 2 ? 0 : 1
        },
        async Number(call, number, milliseconds) {
          await Promise.race([call.delay(milliseconds), untilCanceled(call)])
          return number
        },
        Block: (call, milliseconds) => call.delay(milliseconds),
        LastTest: () => lastTest,
      },
      { cancelable },
    )
    return emulator.registerClass({
      progId: `Prime.Async${name}`,
      clsid,
      server: 'inproc',
      threading: 'both',
      interfaces: [prime, ...more],
    })
  })
