// Random programs as plain data: servers, clients that call them, and events that happen meanwhile.
import fc from 'fast-check'

/** What a method or a handler does. */
export interface Task {
  ms: number
  /** Whether it checks for a cancel while it works, and then ends. */
  notices: 'never' | 'polls' | 'signal'
  /** Whether it aborts the signal of the outermost call: after the work, or with the reply. */
  aborts: 'never' | 'after work' | 'with reply'
  next: Next | null
}

/** A call that a task makes. */
export interface Next {
  /** The client's callback (from a handler: a wait of the client's thread), an event, or a server's number. */
  at: 'client' | 'event' | number
  task: Task
  /** From a handler: the call is canceled with the one that the handler answers. */
  linked: boolean
}

export interface ServerSpec {
  /** 'hosted': an in-process server in a host process of its own; 'isolated': in one of each client. */
  server: 'local' | 'inproc' | 'hosted' | 'isolated'
  threading: 'sta' | 'mta' | 'both'
  /** Of its host processes; Infinity for the other servers. */
  terminateAfter: number
}

export const inHost = (server: ServerSpec['server']): boolean => server === 'hosted' || server === 'isolated'

/** When the signal of a call fires: before the call is made, so many milliseconds after, in one of its tasks. */
export type Signal = 'none' | 'before' | 'in task' | number

export type Step = {
  /** The next step does not wait for this one. */
  concurrent: boolean
  signal: Signal
  /** The timeout of the call, in milliseconds. */
  timeout: number | null
} & (
  | { do: 'call'; server: number; task: Task; lender: number }
  | { do: 'make'; server: number; task: Task }
  | { do: 'create'; server: number }
  | { do: 'connect'; server: number; ms: number }
  | { do: 'wait'; ms: number }
  | { do: 'release'; server: number }
)

export interface ClientSpec {
  apartment: 'sta' | 'mta'
  callCancellation: boolean
  grace: number
  busyRetry: number
  steps: Step[]
}

/** An event at a moment of emulated time. */
export type Happening = { at: number } & (
  | { what: 'cancel'; client: number; how: 'coCancelCall' | 'cancelCall' | 'thread.cancel'; timeout: number }
  | { what: 'hang' | 'fail' | 'never starts' | 'latency' | 'busy' | 'rejecting'; server: number; ms: number }
  | { what: 'die'; server: number; how: 'terminate' | 'crash' | 'close' }
  | { what: 'block'; ms: number }
  | { what: 'message' | 'dispose'; client: number }
)

export interface Program {
  servers: ServerSpec[]
  clients: ClientSpec[]
  happenings: Happening[]
}

/** With the usual prototype, so that a counterexample is printed readably. */
const record = <T>(model: { [Key in keyof T]: fc.Arbitrary<T[Key]> }): fc.Arbitrary<T> =>
  fc.record<T>(model, { noNullPrototype: true }) as fc.Arbitrary<T>

// Few different moments, so that events often coincide.
const span = fc.constantFrom(0, 1, 2, 5, 10)
const moment = fc.constantFrom(0, 1, 2, 3, 5, 6, 10, 15)
const duration = fc.constantFrom(1, 5, 20, 120)
// Taken modulo the number of servers or clients, so that a reduced program stays valid.
const number = fc.nat(2)

const taskOf = (depth: number): fc.Arbitrary<Task> =>
  record({
    ms: span,
    notices: fc.constantFrom('never', 'polls', 'signal'),
    aborts: fc.constantFrom('never', 'never', 'after work', 'with reply'),
    next:
      depth === 0
        ? fc.constant(null)
        : fc.option(
            record({
              at: fc.constantFrom<Next['at'][]>('client', 'event', 0, 1, 2),
              task: taskOf(depth - 1),
              linked: fc.boolean(),
            }),
            { freq: 3 },
          ),
  })

const task = taskOf(3)

const signal = fc.oneof(
  { weight: 3, arbitrary: fc.constant('none' as const) },
  { weight: 1, arbitrary: fc.constant('before' as const) },
  { weight: 2, arbitrary: fc.constant('in task' as const) },
  { weight: 4, arbitrary: moment },
)

const step: fc.Arbitrary<Step> = fc
  .tuple(
    record({
      concurrent: fc.boolean(),
      signal,
      timeout: fc.option(fc.constantFrom(1, 2, 5, 10), { freq: 2 }),
    }),
    fc.oneof(
      {
        weight: 6,
        arbitrary: record({ do: fc.constant('call' as const), server: number, task, lender: number }),
      },
      { weight: 2, arbitrary: record({ do: fc.constant('make' as const), server: number, task }) },
      { weight: 1, arbitrary: record({ do: fc.constant('create' as const), server: number }) },
      { weight: 1, arbitrary: record({ do: fc.constant('connect' as const), server: number, ms: span }) },
      { weight: 1, arbitrary: record({ do: fc.constant('wait' as const), ms: span }) },
      { weight: 1, arbitrary: record({ do: fc.constant('release' as const), server: number }) },
    ),
  )
  .map(([common, particular]) => ({ ...particular, ...common }))

const client: fc.Arbitrary<ClientSpec> = record({
  apartment: fc.constantFrom('mta', 'sta'),
  callCancellation: fc.constantFrom(true, true, true, false),
  grace: fc.constantFrom(100, 5),
  busyRetry: fc.constantFrom(10_000, 0, 150),
  steps: fc.array(step, { minLength: 1, maxLength: 4 }),
})

const server: fc.Arbitrary<ServerSpec> = record({
  // With each threading that it can have.
  place: fc.constantFrom<[ServerSpec['server'], ServerSpec['threading']][]>(
    ['local', 'mta'],
    ['local', 'sta'],
    ['local', 'sta'],
    ['inproc', 'both'],
    ['inproc', 'sta'],
    ['inproc', 'mta'],
    ['hosted', 'both'],
    ['hosted', 'sta'],
    ['isolated', 'both'],
    ['isolated', 'sta'],
  ),
  terminateAfter: fc.constantFrom(Number.POSITIVE_INFINITY, 0, 5, 120),
}).map(({ place: [server, threading], terminateAfter }) => ({
  server,
  threading,
  terminateAfter: inHost(server) ? terminateAfter : Number.POSITIVE_INFINITY,
}))

const happening: fc.Arbitrary<Happening> = fc
  .tuple(
    record({ at: moment }),
    fc.oneof(
      {
        weight: 5,
        arbitrary: record({
          what: fc.constant('cancel' as const),
          client: number,
          how: fc.constantFrom('coCancelCall' as const, 'cancelCall' as const, 'thread.cancel' as const),
          timeout: fc.constantFrom(0, 1000, Number.POSITIVE_INFINITY),
        }),
      },
      {
        weight: 4,
        arbitrary: record({
          what: fc.constantFrom(
            'hang' as const,
            'fail' as const,
            'never starts' as const,
            'latency' as const,
            'busy' as const,
            'rejecting' as const,
          ),
          server: number,
          ms: duration,
        }),
      },
      {
        weight: 2,
        arbitrary: record({
          what: fc.constant('die' as const),
          server: number,
          how: fc.constantFrom('terminate' as const, 'crash' as const, 'close' as const),
        }),
      },
      { weight: 1, arbitrary: record({ what: fc.constant('block' as const), ms: duration }) },
      {
        weight: 1,
        arbitrary: record({
          what: fc.constantFrom('message' as const, 'dispose' as const),
          client: number,
        }),
      },
    ),
  )
  .map(([common, particular]) => ({ ...particular, ...common }))

export const program: fc.Arbitrary<Program> = record({
  servers: fc.array(server, { minLength: 1, maxLength: 2 }),
  clients: fc.array(client, { minLength: 1, maxLength: 3 }),
  happenings: fc.array(happening, { maxLength: 4 }),
})

/** The element that a number selects. */
export const chosen = <T>(all: readonly T[], number: number): T => {
  const found = all[number % all.length]
  if (found === undefined) throw new Error('there is none to choose')
  return found
}
