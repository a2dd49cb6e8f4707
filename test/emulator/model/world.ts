// The state of a running program: its clients, servers and calls, and the violations that were seen.
import { type Binding, type ComFunctions, ComHost, functionsOf, type ThreadId } from 'com-cancel'
import type { ClassRegistration, Emulator } from 'com-cancel/emulator'
import { Activities } from './activities'
import type { ClientSpec, Program, ServerSpec, Task } from './program'
import { type Watched, watched } from './watched-binding'

/** The state of a server, from which its calls are checked. */
export interface ServerState {
  readonly number: number
  readonly spec: ServerSpec
  readonly progId: string
  registration: ClassRegistration
  /** How often its process was started, and the threads of the last one that its methods ran on. */
  starts: number
  threads: Set<ThreadId>
  /** Its host process, and its start. */
  host: ComHost | undefined
  hosting: Promise<ComHost> | undefined
  /** It has made an object. */
  loaded: boolean
  /** It was closed, and may still run. */
  closing: boolean
  /** The clients' objects in isolated host processes, with the ids of those; and those ids. */
  readonly held: Map<object, { pid: number; client: ClientState }>
  readonly pids: Set<number>
  /** The last moment at which its process ended, or was told to. */
  readonly diedAt: number
  /** Its process has ended. */
  died(): void
  /** The last moment at which it was set to fail; Infinity while it is. */
  failingUntil: number
  busies: number
  busyUntil: number
}

/** The state of a client's thread, from which its calls are checked. */
export interface ClientState {
  readonly number: number
  readonly spec: ClientSpec
  threadId: ThreadId
  /** The last moment at which a cancel of its call was requested by its thread's id. */
  canceledAt: number
  /** A signal of one of its calls has fired, or one of its calls has a timeout. */
  aborted: boolean
  released: boolean
  /** A message has come for its thread, whose filter may have canceled the call of a canceled job (M1). */
  messages: boolean
  disposedAt: number
  /** The number of its handlers that have not replied, and of methods that run on its thread. */
  guests: number
  /** The last moment at which a handler or a nested call was on top of its calls. */
  keptUntil: number
  /** Calls that have not settled. */
  readonly pending: Set<CallRecord>
  /** How many cancels were accepted, and how many calls failed. */
  requested: number
  canceled: number
}

/** One call, of a client or of a server's method. */
export interface CallRecord {
  readonly token: number
  readonly what: string
  readonly task: Task | undefined
  /** The client that made it, or on whose thread the method ran that made it. */
  readonly client: ClientState | undefined
  /** The server whose method made it. */
  readonly maker: ServerState | undefined
  /** The server or the client that is called. */
  readonly server: ServerState | undefined
  readonly callee: ClientState | undefined
  /** The outermost call. */
  readonly root: CallRecord
  readonly controller: AbortController | undefined
  /** The signal of the call that it is made for. */
  readonly linked: AbortSignal | undefined
  readonly reason: object
  readonly timeout: number | null
  readonly madeAt: number
  abortedAt: number
  settled: 'no' | 'yes' | 'left'
  /** How often its method has begun, and ended. */
  begun: number
  ended: number
  endedByCancel: boolean
  /** It was pending when a handler or a method on its client's thread ended, so it may be nested in that one. */
  nested: boolean
}

/** How often calls ended in which way. */
export type Tally = Record<string, number>

export class World {
  readonly emulator: Emulator
  readonly functions: ComFunctions
  readonly activities = new Activities(
    what => this.violated(what),
    () => {
      for (const server of this.servers) this.#noteEnd(server)
    },
  )
  readonly servers: ServerState[] = []
  readonly clients: ClientState[] = []
  readonly calls = new Map<number, CallRecord>()
  /** The number of handlers that an event has reached, by the token of the call that fired it. */
  readonly heard = new Map<number, number>()
  readonly violations: string[] = []
  /** Blocks on cancel operations, and the last moment at which there was one; Infinity while there is. */
  blocks = 0
  blockedUntil = Number.NEGATIVE_INFINITY
  /** Milliseconds for which cancels have blocked JavaScript. */
  slept = 0
  /** The ids of host processes whose end was not noted. */
  readonly #started = new Set<number>()
  readonly #watched: Watched
  readonly #tally: Tally
  #lastToken = 0

  constructor(emulator: Emulator, { servers, clients }: Program, tally: Tally) {
    this.emulator = emulator
    this.#tally = tally
    this.#watched = watched(
      emulator.binding,
      what => this.violated(what),
      pid => this.#started.add(pid),
      pid => this.#closed(pid),
    )
    this.functions = functionsOf(this.#watched.binding)
    const never = Number.NEGATIVE_INFINITY
    for (const [number, spec] of clients.entries())
      this.clients.push({
        number,
        spec,
        threadId: 0,
        canceledAt: never,
        aborted: false,
        released: false,
        messages: false,
        disposedAt: Number.POSITIVE_INFINITY,
        guests: 0,
        keptUntil: never,
        pending: new Set(),
        requested: 0,
        canceled: 0,
      })
    for (const [number, spec] of servers.entries()) this.servers.push(this.#server(number, spec))
  }

  /** The host process of a server, which is started unless it runs. */
  async hostOf(server: ServerState): Promise<ComHost> {
    const { binding } = this
    const { terminateAfter } = server.spec
    for (;;) {
      this.#noteEnd(server)
      server.hosting ??= ComHost.start({ binding, terminateAfter })
      const host = await server.hosting
      server.host ??= host
      if (server.closing) await host.exited
      else if (this.#runs(host)) return host
    }
  }

  /** The host process of a server, if it runs. */
  runningHost(server: ServerState): ComHost | undefined {
    this.#noteEnd(server)
    return server.host
  }

  #server(number: number, spec: ServerSpec): ServerState {
    const note = () => this.#noteEnd(state)
    let diedAt = Number.NEGATIVE_INFINITY
    const state: ServerState = {
      number,
      spec,
      progId: `Model.Server${number}`,
      registration: undefined as unknown as ClassRegistration,
      starts: 0,
      threads: new Set(),
      host: undefined,
      hosting: undefined,
      held: new Map(),
      pids: new Set(),
      loaded: false,
      closing: false,
      get diedAt() {
        note()
        return diedAt
      },
      died: () => {
        diedAt = this.now
        this.activities.died(state.threads)
        state.threads = new Set()
      },
      failingUntil: Number.NEGATIVE_INFINITY,
      busies: 0,
      busyUntil: Number.NEGATIVE_INFINITY,
    }
    return state
  }

  /** The isolated host processes of a server that run, as far as clients have objects from them. */
  isolatedHosts(server: ServerState): number {
    return [...server.pids].filter(pid => this.#runs({ pid })).length
  }

  /** An isolated host process has died, which the objects of several servers may share. */
  isolatedDied(): void {
    for (const server of this.servers) if (server.spec.server === 'isolated') server.died()
  }

  /** A host process was closed, and has ended. */
  #closed(pid: number): void {
    for (const { held, number } of this.servers)
      for (const { pid: from, client } of held.values())
        if (from === pid && client.disposedAt === Number.POSITIVE_INFINITY)
          this.violated(
            `the isolated process of server ${number} ended while client ${client.number} had an object of it`,
          )
  }

  #runs({ pid }: { pid: number }): boolean {
    return this.emulator.hosts.running.some(each => each.pid === pid)
  }

  /** A host process may have been terminated by the limit of a call. */
  #noteEnd(server: ServerState): void {
    for (const pid of [...this.#started])
      if (!this.#runs({ pid })) {
        this.#started.delete(pid)
        // It had objects in isolation, or the first of them was being created.
        if (!this.servers.some(({ host }) => host?.pid === pid)) this.isolatedDied()
      }
    if (!server.host || this.#runs(server.host)) return
    server.host = undefined
    server.hosting = undefined
    server.loaded = false
    server.closing = false
    server.died()
  }

  get binding(): Binding {
    return this.#watched.binding
  }

  /** The number of callbacks that the binding owes. */
  get owed(): number {
    return this.#watched.owed
  }

  get now(): number {
    return this.emulator.clock.now()
  }

  nextToken(): number {
    return ++this.#lastToken
  }

  call(token: unknown): CallRecord {
    const call = this.calls.get(Number(token))
    if (!call) throw new Error(`a call came with ${String(token)}, which was not sent`)
    return call
  }

  clientOn(thread: ThreadId): ClientState | undefined {
    return this.clients.find(each => each.threadId === thread)
  }

  /** Counts the end of a call. */
  count(how: string): void {
    this.#tally[how] = (this.#tally[how] ?? 0) + 1
  }

  violated(what: string): void {
    this.violations.push(`${what}, at ${this.now} ms`)
  }
}
