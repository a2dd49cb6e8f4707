// The methods that run on each thread: one begins only when those before wait in calls of their own.
import type { ThreadId } from 'com-cancel'

/** A method of a server while it runs. */
export class Activity {
  readonly token: number
  readonly thread: ThreadId
  /** Its process has died, so it runs on no thread. */
  dead = false
  #calls = 0

  constructor(token: number, thread: ThreadId) {
    this.token = token
    this.thread = thread
  }

  /** It is in a call of its own, so its thread may run another method. */
  get waits(): boolean {
    return this.#calls > 0
  }

  callsOut(): void {
    this.#calls++
  }

  isBack(): void {
    this.#calls--
  }
}

export class Activities {
  readonly #byThread = new Map<ThreadId, Activity[]>()
  readonly #violated: (what: string) => void
  readonly #noteEnds: () => void
  #count = 0

  /** `noteEnds` calls `died` for processes that have ended. */
  constructor(violated: (what: string) => void, noteEnds: () => void) {
    this.#violated = violated
    this.#noteEnds = noteEnds
  }

  /** The number of running methods. */
  get count(): number {
    return this.#count
  }

  begin(token: number, thread: ThreadId): Activity {
    this.#noteEnds()
    const activity = new Activity(token, thread)
    const last = this.#innermost(thread)
    if (last && !last.waits)
      this.#violated(`method ${token} began on thread ${thread} while method ${last.token} was at work there`)
    const all = this.#byThread.get(thread)
    if (all) all.push(activity)
    else this.#byThread.set(thread, [activity])
    this.#count++
    return activity
  }

  end(activity: Activity): void {
    this.#expectInnermost(activity, 'ended')
    this.#count--
    const all = this.#byThread.get(activity.thread) ?? []
    all.splice(all.indexOf(activity), 1)
  }

  /** A call that it makes: what its thread takes up meanwhile ends first. */
  async out<T>(activity: Activity, call: () => Promise<T>): Promise<T> {
    activity.callsOut()
    try {
      return await call()
    } finally {
      activity.isBack()
      this.#expectInnermost(activity, 'went on')
    }
  }

  /** The threads of a process are gone. */
  died(threads: Iterable<ThreadId>): void {
    for (const thread of threads) for (const each of this.#byThread.get(thread) ?? []) each.dead = true
  }

  #innermost(thread: ThreadId): Activity | undefined {
    return this.#byThread.get(thread)?.findLast(each => !each.dead)
  }

  #expectInnermost(activity: Activity, what: string): void {
    this.#noteEnds()
    if (activity.dead) return
    const last = this.#innermost(activity.thread)
    if (last !== activity)
      this.#violated(
        `method ${activity.token} ${what} before ${last?.token}, which began later on its thread`,
      )
  }
}
