// A timeline as a self-contained SVG picture, for light and dark backgrounds.
import type { Lane } from './lanes'
import { duration, ticksOf } from './scale'
import { legend, style } from './svg-style'
import { element, type Markup, textElement } from './svg-text'
import type { Arrow, Bar, Mark, Outcome, Point, Timeline } from './timeline'

const WIDTH = 1280
/** The minimum and maximum width for the names of lanes. */
const NAMES = { least: 150, most: 330 }
const RIGHT = 28
const TOP = 92
const ROW = 20
const BAR = 16
/** The margins above and below the bars of a lane. */
const PADDING = 7
const BOTTOM = 18
const TICKS = 9
/** The average width of a character. */
const CHARACTER = 6.1
/** The average width of a character in the names of lanes, and the width of a thread id. */
const ROLE_CHARACTER = 6.9
const ID = 56
/** The minimum width of a bar. */
const NARROWEST = 2

interface Row {
  y: number
  height: number
}

/** Positions in the picture. */
class Layout {
  readonly rows: Row[]
  readonly height: number
  readonly span: number
  /** The left edge of the bars, to the right of the names. */
  readonly left: number
  readonly start: number

  constructor(timeline: Timeline) {
    const longest = Math.max(0, ...[...timeline.lanes].map(({ role }) => role.length))
    this.left = Math.min(NAMES.most, Math.max(NAMES.least, longest * ROLE_CHARACTER + ID + 28))
    this.start = timeline.start
    this.span = Math.max(timeline.end - timeline.start, 0.001)
    const depths = new Map<number, number>()
    for (const { lane, depth } of timeline.bars) depths.set(lane, Math.max(depth, depths.get(lane) ?? 0))
    let y = TOP
    this.rows = [...timeline.lanes].map((_, lane) => {
      const height = ((depths.get(lane) ?? 0) + 1) * ROW - (ROW - BAR) + 2 * PADDING
      const row = { y, height }
      y += height
      return row
    })
    this.height = y + BOTTOM
  }

  x(time: number): number {
    return this.left + ((time - this.start) / this.span) * (WIDTH - this.left - RIGHT)
  }

  row(lane: number): Row {
    return this.rows[lane] ?? { y: TOP, height: ROW }
  }

  /** The top edge of a bar. */
  y(bar: Pick<Bar, 'lane' | 'depth'>): number {
    return this.row(bar.lane).y + PADDING + bar.depth * ROW
  }

  width(bar: Bar): number {
    return Math.max(NARROWEST, this.x(bar.end) - this.x(bar.begin))
  }

  /** The end of an arrow at a lane, on the side that the arrow comes from. */
  meets({ lane, bar }: Point, fromAbove: boolean): number {
    const row = this.row(lane)
    if (!bar) return row.y + row.height / 2
    return this.y(bar) + (fromAbove ? 0 : BAR)
  }
}

const round = (value: number): number => Math.round(value * 10) / 10

/** Text, cut to a width. */
const fitted = (what: string, width: number, character = CHARACTER): string => {
  const most = Math.floor(width / character)
  if (what.length <= most) return what
  return most < 4 ? '' : `${what.slice(0, most - 1)}…`
}

const axis = (layout: Layout): Markup[] => {
  const bottom = layout.height - BOTTOM
  return ticksOf(layout.span, TICKS).flatMap(({ time, label }) => {
    const x = round(layout.x(layout.start + time))
    return [
      element('line', { class: 'grid', x1: x, x2: x, y1: TOP - 5, y2: bottom }),
      textElement(label, { class: 'tick', x, y: TOP - 11, 'text-anchor': 'middle' }),
    ]
  })
}

const lanes = (timeline: Timeline, layout: Layout): Markup[] =>
  [...timeline.lanes].flatMap(({ role, threadId, kind }: Lane, i) => {
    const { y, height } = layout.row(i)
    const middle = y + height / 2
    const band = { x: 0, y, width: WIDTH, height }
    return [
      element('rect', { class: i % 2 ? 'band odd' : 'band', ...band }, element('title', {}, role)),
      element('rect', { class: `edge ${kind}`, x: 0, y: y + 1, width: 4, height: height - 2 }),
      textElement(fitted(role, layout.left - ID - 24, ROLE_CHARACTER), {
        class: 'role',
        x: 14,
        y: middle + 4,
      }),
      textElement(String(threadId), {
        class: 'id',
        x: layout.left - 14,
        y: middle + 4,
        'text-anchor': 'end',
      }),
    ]
  })

/** The right limit of a bar's name that does not fit into the bar: the next bar of the row. */
const roomAfter = (bars: readonly Bar[], layout: Layout): Map<Bar, number> => {
  const room = new Map<Bar, number>()
  const next = new Map<string, number>()
  for (const bar of bars.toReversed()) {
    const row = `${bar.lane} ${bar.depth}`
    const end = layout.x(bar.begin) + layout.width(bar)
    room.set(bar, (next.get(row) ?? WIDTH - RIGHT + 20) - end)
    next.set(row, layout.x(bar.begin))
  }
  return room
}

const barOf = (bar: Bar, layout: Layout, room: number): Markup => {
  const x = round(layout.x(bar.begin))
  const y = layout.y(bar)
  const width = round(layout.width(bar))
  const place = { x, y, width, height: BAR, rx: Math.min(3, width / 2) }
  const parts = [
    element(
      'title',
      {},
      [`${bar.label}: ${bar.outcome}, ${duration(bar.end - bar.begin)}`, ...bar.details].join('\n'),
    ),
    element('rect', { class: `${bar.kind} ${bar.outcome}`, ...place }),
  ]
  if (bar.outcome === 'pending') parts.push(element('rect', { class: 'open', ...place }))
  if (bar.replyDropped) parts.push(element('rect', { class: 'dropped', ...place }))
  const inside = fitted(bar.label, width - 8)
  const outside = !inside && fitted(bar.label, room - 8) === bar.label ? bar.label : ''
  if (inside) parts.push(textElement(inside, { class: `name ${bar.kind}`, x: x + 5, y: y + 12 }))
  else if (outside)
    parts.push(textElement(outside, { class: 'name beside', x: round(x + width + 4), y: y + 12 }))
  if (bar.replyDropped) {
    const end = round(x + width)
    parts.push(element('path', { class: 'cross', d: `M${end - 4} ${y + 4}l8 8m0-8l-8 8` }))
  }
  return element('g', { class: 'bar' }, ...parts)
}

/** The mark of a cancel on a bar. */
const canceledAt = (bar: Bar, layout: Layout): Markup[] => {
  const canceled = bar.call?.times.canceled ?? null
  if (bar.kind !== 'call' || canceled === null) return []
  const x = round(layout.x(canceled))
  const y = layout.y(bar)
  return [element('line', { class: 'canceled-at', x1: x, x2: x, y1: y - 3, y2: y + BAR + 3 })]
}

const arrowOf = ({ kind, label, from, to }: Arrow, layout: Layout): Markup => {
  const down = from.lane < to.lane
  const y1 = layout.meets(from, !down)
  const y2 = layout.meets(to, down)
  const x1 = round(layout.x(from.time))
  const x2 = round(layout.x(to.time))
  const bend = round((y2 - y1) / 2)
  const d = `M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}`
  return element(
    'path',
    { class: `arrow ${kind}`, d, 'marker-end': `url(#${kind}-head)` },
    element('title', {}, label),
  )
}

const markOf = ({ lane, time, kind, label }: Mark, layout: Layout): Markup => {
  const { y, height } = layout.row(lane)
  const x = round(layout.x(time))
  const middle = y + height / 2
  const d = kind === 'cancel' ? `M${x} ${middle - 6}l6 6l-6 6l-6-6z` : `M${x} ${middle - 5}v10`
  return element('path', { class: `mark ${kind}`, d }, element('title', {}, label))
}

const counted = (many: number, what: string): string =>
  `${many.toLocaleString('en')} ${what}${many === 1 ? '' : 's'}`

const summaryOf = (timeline: Timeline, dropped: number): string => {
  const outcomes: Outcome[] = ['completed', 'canceled', 'failed', 'pending']
  const each = outcomes.flatMap(outcome => {
    const many = timeline.calls.filter(call => call.outcome === outcome).length
    return many > 0 ? [`${many} ${outcome}`] : []
  })
  const parts = [
    counted(timeline.lanes.count, 'thread'),
    `${counted(timeline.calls.length, 'call')}${each.length > 0 ? ` (${each.join(', ')})` : ''}`,
    duration(timeline.end - timeline.start),
  ]
  if (dropped > 0) parts.push(`${counted(dropped, 'older event')} not kept`)
  return parts.join(' · ')
}

/** Draws a timeline. `dropped`: the number of events that are missing at the beginning. */
export const svgOf = (timeline: Timeline, dropped: number): string => {
  const layout = new Layout(timeline)
  const { height } = layout
  const room = roomAfter(timeline.bars, layout)
  const summary = summaryOf(timeline, dropped)
  const arrows = (kind: Arrow['kind']) =>
    timeline.arrows.filter(arrow => arrow.kind === kind).map(arrow => arrowOf(arrow, layout))
  const frame = {
    xmlns: 'http://www.w3.org/2000/svg',
    viewBox: `0 0 ${WIDTH} ${height}`,
    width: WIDTH,
    height,
    role: 'img',
    'aria-labelledby': 'title summary',
  }
  return `${element(
    'svg',
    frame,
    element('title', { id: 'title' }, 'COM calls'),
    element('desc', { id: 'summary' }, summary),
    ...style,
    element('rect', { class: 'page', width: WIDTH, height }),
    textElement('COM calls', { class: 'heading', x: 14, y: 26 }),
    textElement(summary, { class: 'summary', x: 104, y: 26 }),
    ...legend(14, 51),
    ...lanes(timeline, layout),
    ...axis(layout),
    // Arrows are drawn below the bars, so that they do not cover names.
    ...arrows('call'),
    ...arrows('cancel'),
    ...timeline.bars.map(bar => barOf(bar, layout, room.get(bar) ?? 0)),
    ...timeline.bars.flatMap(bar => canceledAt(bar, layout)),
    ...timeline.marks.map(mark => markOf(mark, layout)),
  )}\n`
}
