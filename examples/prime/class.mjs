// The emulated classes of Prime.Calculator, with the ProgIDs and members of the native test server (test/native/prime).
import { Counter } from './counter.mjs'
import { failures } from './failures.mjs'
import { state } from './state.mjs'
import { endState, newState, values } from './values.mjs'
import { work } from './work.mjs'

const events = { iid: '21d95af6-b459-4842-b08e-de76ea59f6e7', members: { Found: 1 } }

/** One implementation under several ProgIDs, each with another kind of server. */
const classes = [
  { name: '', clsid: 'a6696cb7-1c2f-4595-b641-e6168d7336bb', server: 'local', threading: 'mta' },
  { name: '.Sta', clsid: '57fe8148-a64b-45ed-bef2-85a859347a65', server: 'local', threading: 'sta' },
  { name: '.Inproc', clsid: 'dd02f2a2-e80a-4faf-99c8-f31f21db769a', server: 'inproc', threading: 'both' },
  {
    name: '.InprocApartment',
    clsid: '9aceacbd-36c9-4b81-9a97-07f62c1ea2de',
    server: 'inproc',
    threading: 'sta',
  },
  { name: '.InprocFree', clsid: '412ff4b6-b1a6-471c-a50b-25b336b8dcc3', server: 'inproc', threading: 'mta' },
  { name: '.Never', clsid: 'c50aa7a1-0c27-4eb9-913b-9f7f84d1e654', server: 'local', threading: 'mta' },
]

const register = (emulator, { name, ...about }, number) => {
  const counts = new Counter()
  const server = {
    number,
    /** The registration of the class: members set its switches and read its counts. */
    registration: undefined,
    get counter() {
      return counts.of(this.registration.counts.starts)
    },
  }
  // A function expression, because `this` is the object's state.
  const counted = run =>
    function (...args) {
      return server.counter.count(() => run.apply(this, args))
    }
  const [value, status] = [values(counted), state(counted, server)]
  server.registration = emulator.registerClass({
    progId: `Prime.Calculator${name}`,
    ...about,
    create: newState,
    methods: { ...work(counted, server), ...failures(counted), ...value.methods, ...status.methods },
    properties: { ...value.properties, ...status.properties },
    events,
    items() {
      return this.items.values()
    },
    onRelease() {
      endState(this)
    },
  })
  if (name === '.Never') server.registration.neverStarts = true
  return server.registration
}

/**
 * Registers the classes with an emulator. Returns the registrations, that of Prime.Calculator first.
 * @returns {import('com-cancel/emulator').ClassRegistration[]}
 */
export const registerPrime = emulator => classes.map((each, number) => register(emulator, each, number))
