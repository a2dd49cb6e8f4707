// The tasks that are ready to run, in lanes: tasks of one lane keep their order, lanes are independent.
import { type Linked, LinkedQueue } from './linked-queue'

export interface Task extends Linked<Task> {
  readonly run: () => void
  readonly lane: object | undefined
}

interface TaskLane {
  readonly key: object | undefined
  readonly tasks: LinkedQueue<Task>
}

export class ReadyTasks {
  readonly #laned: boolean
  readonly #lanes: TaskLane[] = []
  readonly #byKey = new Map<object, TaskLane>()
  #size = 0

  /** Unless `laned`, all tasks are in one lane. */
  constructor(laned: boolean) {
    this.#laned = laned
  }

  get size(): number {
    return this.#size
  }

  /** The number of lanes that have tasks. */
  get lanes(): number {
    return this.#laned ? this.#lanes.length : Math.min(this.#size, 1)
  }

  push(run: () => void, lane: object | undefined): void {
    this.#size++
    this.#laneOf(this.#laned ? lane : this).tasks.push({ run, lane, before: undefined, after: undefined })
  }

  /** Removes and returns the next task of a lane. */
  take(index: number): Task | undefined {
    const lane = this.#lanes[index]
    const task = lane?.tasks.shift()
    if (!lane || !task) return undefined
    this.#size--
    // The only lane is kept: making one for each task is expensive.
    if (this.#laned && !lane.tasks.first) {
      this.#lanes.splice(index, 1)
      if (lane.key) this.#byKey.delete(lane.key)
    }
    return task
  }

  #laneOf(key: object | undefined): TaskLane {
    const known = key && this.#byKey.get(key)
    if (known) return known
    const lane: TaskLane = { key, tasks: new LinkedQueue<Task>() }
    this.#lanes.push(lane)
    if (key) this.#byKey.set(key, lane)
    return lane
  }
}
