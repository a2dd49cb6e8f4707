// Where the label of each bar is: in the bar, beside it, or in a line below its row. No two labels overlap.
import { fitted, textWidth } from './text-width'
import type { Bar } from './timeline'

/** The font size of labels in pixels. */
export const LABEL = 11
/** The height of a line of labels below a row. */
export const LINE = 13
/** The space between a label and what is beside it. */
const GAP = 5
/** The width of the cross at the end of a bar whose reply was dropped. */
export const CROSS = 6
/** More lines below a row would cost more than they tell. */
const MOST_LINES = 3

export interface Label {
  text: string
  /** 'in' the bar, 'beside' it, or in a line below its row (from 0). */
  place: 'in' | 'beside' | number
  x: number
}

/** The horizontal extent of a bar. */
export interface Extent {
  x: number
  width: number
}

/** Bars without room for a label, one after the other in a row, that have the same label. */
interface Group {
  bars: Bar[]
  label: string
}

export class Labels {
  readonly #labels = new Map<Bar, Label>()
  /** The number of lines below each row, by its lane and depth. */
  readonly #lines = new Map<string, number>()

  /** `right`: the limit of labels at the end of a row. */
  constructor(bars: readonly Bar[], extent: (bar: Bar) => Extent, right: number) {
    const rows = new Map<string, Bar[]>()
    for (const bar of bars) {
      const row = rows.get(keyOf(bar))
      if (row) row.push(bar)
      else rows.set(keyOf(bar), [bar])
    }
    for (const [key, row] of rows) this.#place(key, row, extent, right)
  }

  of(bar: Bar): Label | undefined {
    return this.#labels.get(bar)
  }

  /** The number of lines of labels below a row. */
  lines(row: Pick<Bar, 'lane' | 'depth'>): number {
    return this.#lines.get(keyOf(row)) ?? 0
  }

  #place(key: string, row: readonly Bar[], extent: (bar: Bar) => Extent, right: number): void {
    const groups: Group[] = []
    let last: Group | undefined
    for (const [i, bar] of row.entries()) {
      const next = row[i + 1]
      const label = inOrBeside(bar, extent(bar), next ? extent(next).x : right)
      if (label) {
        this.#labels.set(bar, label)
        last = undefined
      } else if (last?.label === bar.label) last.bars.push(bar)
      else {
        last = { bars: [bar], label: bar.label }
        groups.push(last)
      }
    }
    const ends: number[] = []
    for (const { bars, label } of groups) {
      const [first] = bars
      if (!first) continue
      const text = fitted(bars.length === 1 ? label : `${label} ×${bars.length}`, right / 3, LABEL)
      const width = textWidth(text, LABEL)
      const x = Math.min(extent(first).x, right - width)
      const free = ends.findIndex(end => end + GAP <= x)
      const place = free < 0 ? ends.length : free
      if (place === MOST_LINES) continue // the tooltip has it
      ends[place] = x + width
      this.#labels.set(first, { text, place, x })
    }
    if (ends.length > 0) this.#lines.set(key, ends.length)
  }
}

const keyOf = ({ lane, depth }: Pick<Bar, 'lane' | 'depth'>): string => `${lane} ${depth}`

/** The label in its bar or beside it; undefined when there is no room for it. `next`: where the next bar begins. */
const inOrBeside = (bar: Bar, { x, width }: Extent, next: number): Label | undefined => {
  const cross = bar.replyDropped ? CROSS : 0
  const room = width - 2 * GAP - cross
  const whole = textWidth(bar.label, LABEL)
  if (whole <= room) return { text: bar.label, place: 'in', x: x + GAP }
  const beside = x + width + GAP + cross
  if (beside + whole + GAP <= next) return { text: bar.label, place: 'beside', x: beside }
  const cut = fitted(bar.label, room, LABEL)
  // A shorter one tells less than a label below the row.
  return cut.length > 6 ? { text: cut, place: 'in', x: x + GAP } : undefined
}
