// Members that fire events, and members that report the state of the server's process, thread and object.
import { canceled, long, milliseconds } from './refuse.mjs'

/** The lowest process id of an emulated server. */
const FIRST_PROCESS = 10_000

const readOnly = (dispid, get) => ({ dispid, params: [], get })

export const state = (counted, server) => ({
  methods: {
    Fire: {
      dispid: 40,
      params: ['n', 'times?'],
      run: counted(async (call, n, times) => {
        let delivered = 0
        for (let time = 0; time < long(times ?? 1, 2); time++) {
          if (call.testCancel()) throw canceled()
          delivered += await call.fire('Found', n)
        }
        return delivered
      }),
    },
    FireLater: {
      dispid: 41,
      params: ['n', 'ms'],
      run: counted((call, n, ms) => {
        void call.delay(milliseconds(ms, 2)).then(() => call.object.fire('Found', n))
      }),
    },
    Reset: { dispid: 53, params: [], run: () => server.counter.reset() },
  },

  properties: {
    Sinks: readOnly(42, call => call.object.connections),
    Started: readOnly(50, () => server.counter.started),
    Finished: readOnly(51, () => server.counter.finished),
    Canceled: readOnly(52, () => server.counter.canceled),
    ThreadId: readOnly(54, call => call.threadId | 0),
    ProcessId: readOnly(55, () =>
      server.registration.server === 'inproc'
        ? process.pid
        : FIRST_PROCESS * (server.number + 1) + server.registration.counts.starts,
    ),
    Apartment: readOnly(56, call => call.apartment),
    RefCount: readOnly(57, call => call.object.references),
    Objects: readOnly(58, () => server.registration.counts.objects),
  },
})
