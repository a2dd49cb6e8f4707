// The lanes of a picture: the threads in the events, in the order JavaScript threads, ComThreads, servers.
import type { BindingInfo, ThreadId } from '../../../binding'
import type { ComEvent } from '../publish/event'

export interface Lane {
  threadId: ThreadId
  binding: BindingInfo['kind']
  kind: 'javascript' | 'com-thread' | 'server'
  /** The role of the thread: `ComThread, sta`, `Prime.Calculator`. */
  role: string
  /** The server of the thread, or null for a thread of the program. */
  server: string | null
}

const order: readonly Lane['kind'][] = ['javascript', 'com-thread', 'server']

const keyOf = (binding: BindingInfo['kind'], threadId: ThreadId): string => `${binding} ${threadId}`

export class Lanes implements Iterable<Lane> {
  readonly #lanes = new Map<string, Lane>()
  readonly #index = new Map<string, number>()
  readonly #sorted: Lane[]

  constructor(events: readonly ComEvent[]) {
    const servers = new Map<number, string | null>()
    for (const event of events) {
      const { binding, threadId } = event
      if (event.type === 'call:made') servers.set(event.call, event.server)
      if (event.type === 'thread:started') this.#thread(event.binding, event.threadId, event.apartment)
      else if (event.type === 'call:dispatched') this.#server(binding, threadId, servers.get(event.call))
      else if (/^(thread|job):/.test(event.type)) this.#thread(binding, threadId)
      else if (!event.type.startsWith('server:')) this.#known(binding, threadId)
      if ('from' in event) this.#known(binding, event.from)
    }
    this.#sorted = order.flatMap(kind => [...this.#lanes.values()].filter(lane => lane.kind === kind))
    for (const [i, lane] of this.#sorted.entries()) this.#index.set(keyOf(lane.binding, lane.threadId), i)
  }

  get count(): number {
    return this.#sorted.length
  }

  [Symbol.iterator](): Iterator<Lane> {
    return this.#sorted[Symbol.iterator]()
  }

  /** The index of a thread's lane, if it has one. */
  find(binding: BindingInfo['kind'], threadId: ThreadId): number | undefined {
    return this.#index.get(keyOf(binding, threadId))
  }

  /** The index of a thread's lane; 0 for a thread without one. */
  indexOf(binding: BindingInfo['kind'], threadId: ThreadId): number {
    return this.find(binding, threadId) ?? 0
  }

  #known(binding: BindingInfo['kind'], threadId: ThreadId): Lane {
    const key = keyOf(binding, threadId)
    const known = this.#lanes.get(key)
    if (known) return known
    const lane: Lane = { threadId, binding, kind: 'javascript', role: 'JavaScript', server: null }
    this.#lanes.set(key, lane)
    return lane
  }

  /** A thread that runs jobs. The apartment is unknown for a thread that was started before the recording. */
  #thread(binding: BindingInfo['kind'], threadId: ThreadId, apartment?: string): void {
    const lane = this.#known(binding, threadId)
    if (lane.kind !== 'javascript') return
    lane.kind = 'com-thread'
    lane.role = apartment ? `ComThread, ${apartment}` : 'ComThread'
  }

  /** A thread that serves calls. Threads of the program keep their role. */
  #server(binding: BindingInfo['kind'], threadId: ThreadId, server: string | null | undefined): void {
    const lane = this.#known(binding, threadId)
    if (lane.kind !== 'javascript' || !server) return
    lane.kind = 'server'
    lane.role = server
    // COM's own threads in the program serve calls to its objects.
    lane.server = server === 'program' ? null : server
  }
}
