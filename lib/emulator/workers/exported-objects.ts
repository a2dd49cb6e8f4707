// The objects of this worker that other workers hold pointers to, with a count of references for each holder.
import type { Target } from '../calls/target'
import type { Peer } from './messages'

interface ExportedObject {
  target: Target
  /** References by incarnation. Negative while a message of a third worker that adds one is on its way. */
  holders: Map<number, number>
}

export class ExportedObjects {
  readonly #byNumber = new Map<number, ExportedObject>()
  readonly #numbers = new Map<Target, number>()
  #last = 0

  /** Adds a reference for a holder. Returns the object's number. */
  hold(target: Target, { incarnation }: Peer): number {
    let number = this.#numbers.get(target)
    if (number === undefined) {
      number = ++this.#last
      this.#numbers.set(target, number)
      this.#byNumber.set(number, { target, holders: new Map() })
    }
    this.count(number, incarnation, 1)
    return number
  }

  find(number: number): Target | undefined {
    return this.#byNumber.get(number)?.target
  }

  /** Changes a holder's count of references. */
  count(number: number, incarnation: number, by: number): void {
    const exported = this.#byNumber.get(number)
    if (!exported) return
    const { target, holders } = exported
    const before = holders.get(incarnation) ?? 0
    const now = before + by
    if (now === 0) holders.delete(incarnation)
    else holders.set(incarnation, now)
    if (holders.size === 0) {
      this.#byNumber.delete(number)
      this.#numbers.delete(target)
    }
    for (let i = Math.max(before, 0); i < now; i++) target.addRef()
    for (let i = Math.max(now, 0); i < before; i++) target.release()
  }

  /** Releases the references of a worker that has ended. */
  reclaim({ incarnation }: Peer): void {
    for (const [number, { holders }] of [...this.#byNumber]) {
      const held = holders.get(incarnation)
      if (held !== undefined) this.count(number, incarnation, -held)
    }
  }
}
