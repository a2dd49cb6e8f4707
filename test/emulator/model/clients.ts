// The clients of a program: threads that carry out their steps, with callbacks and handlers of events.
import { type ComConnection, ComObject, ComThread, type CreateOptions, type ServerCall } from 'com-cancel'
import { abort, attempt } from './calls'
import { type ClientSpec, chosen, type Step, type Task } from './program'
import { asGuest, work } from './servers'
import type { CallRecord, ClientState, ServerState, World } from './world'

/** Milliseconds; only a deadlock takes longer. */
const LONGEST_BORROWING = 1_000

export class Client {
  readonly state: ClientState
  readonly thread: ComThread
  readonly #world: World
  readonly #objects = new Map<ServerState, ComObject>()
  readonly #connections: { connection: ComConnection; server: ServerState }[] = []

  private constructor(world: World, state: ClientState, thread: ComThread) {
    this.#world = world
    this.state = state
    this.thread = thread
    state.threadId = thread.id
  }

  static async start(world: World, state: ClientState): Promise<Client> {
    const { apartment, callCancellation, grace, busyRetry }: ClientSpec = state.spec
    const { binding } = world
    const thread = await ComThread.start({ apartment, callCancellation, grace, busyRetry, binding })
    return new Client(world, state, thread)
  }

  async run(others: readonly Client[]): Promise<void> {
    const under: Promise<void>[] = []
    for (const step of this.state.spec.steps) {
      const taken = this.#take(step, others)
      if (step.concurrent) under.push(taken)
      else await taken
    }
    await Promise.all(under)
  }

  /** Releases its objects and connections. */
  async release(): Promise<void> {
    for (const { connection, server } of this.#connections.splice(0))
      await attempt(this.#world, { what: 'disconnecting', client: this.state, server }, async token => {
        await connection[Symbol.asyncDispose]()
        return token
      })
    for (const [server, object] of this.#objects) this.#drop(object, server)
    this.#objects.clear()
  }

  dispose(): Promise<void> {
    const { state } = this
    state.disposedAt = Math.min(state.disposedAt, this.#world.now)
    return this.thread[Symbol.asyncDispose]()
  }

  async #take(step: Step, others: readonly Client[]): Promise<void> {
    const world = this.#world
    const client = this.state
    const { signal, timeout } = step
    if (step.do === 'wait') {
      await attempt(world, { what: 'wait', client, signal, timeout }, async (token, options) => {
        await this.thread.wait(step.ms, options)
        return token
      })
      return
    }
    const server = chosen(world.servers, step.server)
    if (step.do === 'release') {
      this.#drop(this.#objects.get(server), server)
      this.#objects.delete(server)
      client.released = true
      return
    }
    if (step.do === 'create') {
      const object = await this.#create(server, signal, timeout)
      this.#drop(object, server)
      return
    }
    const object = await this.#object(server)
    if (!object) return
    if (step.do === 'connect') await this.#connect(object, server, step)
    else if (step.do === 'make') await this.#make(object, server, step)
    else {
      const lender = chosen(others, step.lender)
      // Marshaling an object waits while its thread is busy, which may be for ever when the call on that thread waits
      // for this one. Calls that borrow an object are therefore canceled after a time.
      const borrows = lender !== this && typeof step.signal !== 'number'
      await attempt(
        world,
        {
          what: `of server ${server.number}`,
          client,
          server,
          task: step.task,
          signal: borrows ? LONGEST_BORROWING : signal,
          timeout,
        },
        (token, options) => object.call('Do', this.#arguments(token, step.task, lender), options),
      )
    }
  }

  async #object(server: ServerState): Promise<ComObject | undefined> {
    const known = this.#objects.get(server)
    if (known) return known
    const made = await this.#create(server, 'none')
    if (!made) return undefined
    const other = this.#objects.get(server)
    if (other) this.#drop(made, server)
    else this.#objects.set(server, made)
    return other ?? made
  }

  #create(
    server: ServerState,
    signal: Step['signal'],
    timeout: Step['timeout'] = null,
  ): Promise<ComObject | undefined> {
    return attempt(
      this.#world,
      { what: `creating an object of server ${server.number}`, client: this.state, server, signal, timeout },
      async (_, options) => {
        const { server: where, terminateAfter } = server.spec
        if (where === 'isolated') return this.#isolated(server, { ...options, isolated: { terminateAfter } })
        if (where !== 'hosted') return this.thread.createObject(server.progId, options)
        const host = await this.#world.hostOf(server)
        const object = await this.thread.createObject(server.progId, { ...options, host })
        if (this.#world.runningHost(server) === host) server.loaded = true
        return object
      },
      result => result instanceof ComObject,
    )
  }

  async #isolated(server: ServerState, options: CreateOptions): Promise<ComObject> {
    const object = await this.thread.createObject(server.progId, options)
    const pid = object.host?.pid ?? 0
    server.pids.add(pid)
    server.held.set(object, { pid, client: this.state })
    return object
  }

  #drop(object: ComObject | undefined, server: ServerState): void {
    if (object) server.held.delete(object)
    object?.[Symbol.dispose]()
  }

  async #make(
    object: ComObject,
    server: ServerState,
    { task, signal, timeout }: Step & { do: 'make' },
  ): Promise<void> {
    const world = this.#world
    const client = this.state
    let own = 0
    const made = await attempt(
      world,
      { what: `making an object of server ${server.number}`, client, server, task, signal, timeout },
      (token, options) => {
        own = token
        return object.call('Make', this.#arguments(token, task, this), options)
      },
      result => result instanceof ComObject,
    )
    if (!(made instanceof ComObject)) return
    await attempt(world, { what: `whose object is it`, client, server }, async token =>
      (await made.call('Token')) === own ? token : 'the token of another',
    )
    made[Symbol.dispose]()
  }

  async #connect(
    object: ComObject,
    server: ServerState,
    { ms, signal, timeout }: Step & { do: 'connect' },
  ): Promise<void> {
    const heard = new Set<number>()
    const connection = await attempt(
      this.#world,
      { what: `connecting to server ${server.number}`, client: this.state, server, signal, timeout },
      (_, options) => object.connect({ Fired: this.#hears(ms, heard) }, options),
      () => true,
    )
    if (connection) this.#connections.push({ connection, server })
  }

  /** The token, and the callback and objects that a task needs. */
  #arguments(token: number, task: Task, lender: Client) {
    const wanted = targetsOf(task)
    const objects = this.#world.servers.map(server => {
      const isWanted = [...wanted].some(
        each => typeof each === 'number' && chosen(this.#world.servers, each) === server,
      )
      if (!isWanted) return null
      const lent = lender.#objects.get(server)
      // A thread that waits for another's object serves its queue meanwhile.
      if (lent && lender !== this) this.state.keptUntil = Number.POSITIVE_INFINITY
      return lent ?? this.#objects.get(server) ?? null
    })
    return [token, wanted.has('client') ? this.#callback : null, ...objects]
  }

  readonly #callback = (call: ServerCall, token: unknown): Promise<unknown> => {
    const world = this.#world
    const record = world.call(token)
    if (record.begun++ > 0) world.violated(`the handler of call ${record.token} began a second time`)
    if (record.callee !== this.state)
      world.violated(`call ${record.token} came to client ${this.state.number}`)
    return asGuest(world, this.state, async () => {
      const task = record.task ?? { ms: 0, notices: 'never', aborts: 'never', next: null }
      try {
        await work(world, call, record, task)
        if (task.aborts === 'after work') abort(world, record.root)
        if (task.next) await this.#goOn(call, record, task.next)
        if (task.aborts === 'with reply') abort(world, record.root)
      } finally {
        record.ended++
      }
      return token
    })
  }

  #hears(ms: number, heard: Set<number>) {
    return (_call: ServerCall, token: unknown): Promise<unknown> => {
      const world = this.#world
      const record = world.call(token)
      if (heard.has(record.token)) world.violated(`event ${record.token} was heard a second time`)
      heard.add(record.token)
      world.heard.set(record.token, (world.heard.get(record.token) ?? 0) + 1)
      return asGuest(world, this.state, () => world.emulator.clock.delay(ms))
    }
  }

  /** A call that a handler makes on its client's thread. */
  async #goOn(
    call: ServerCall,
    record: CallRecord,
    { at, task, linked }: NonNullable<Task['next']>,
  ): Promise<void> {
    const world = this.#world
    const client = this.state
    const options = { client, parent: record, linked: linked ? call.signal : undefined }
    const given = options.linked ? { signal: options.linked } : {}
    const server = typeof at === 'number' ? chosen(world.servers, at) : undefined
    const object = server && this.#objects.get(server)
    if (!server || !object) {
      await attempt(world, { ...options, what: 'wait of a handler' }, async token => {
        await this.thread.wait(task.ms, given)
        return token
      })
      return
    }
    await attempt(
      world,
      { ...options, what: `of server ${server.number}, by a handler`, server, task },
      token => object.call('Do', this.#arguments(token, task, this), given),
    )
  }
}

/** The targets of the calls of a task and of the tasks in it. */
const targetsOf = (task: Task): Set<unknown> => {
  const targets = new Set<unknown>()
  for (let { next } = task; next; { next } = next.task) targets.add(next.at)
  return targets
}
