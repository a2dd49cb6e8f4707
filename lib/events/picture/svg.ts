// A timeline as a self-contained SVG picture, for light and dark backgrounds.
import { type Extent, LABEL, Labels, LINE } from './labels'
import type { Lane } from './lanes'
import { element, type Markup, textElement } from './markup'
import { type PictureOptions, pictureSettings } from './options'
import { ticksOf } from './scale'
import { definitions, legendOf, styleOf } from './svg-style'
import { fitted, textWidth } from './text-width'
import { barText, summaryOf } from './texts'
import type { Arrow, Bar, Mark, Point, Timeline } from './timeline'

/** The minimum width of the names of lanes with thread ids, and the maximum, a part of the picture's width. */
const NAMES = { least: 120, most: 0.26 }
const LEFT = 14
const RIGHT = 28
const ROW = 20
const BAR = 16
/** The margins above and below the bars of a lane. */
const PADDING = 7
const BOTTOM = 18
/** The least distance between the times of the axis. */
const TICK = 118
/** The font size of the names of lanes, of the heading and of the summary. */
const ROLE = 12
const HEADING = 15
/** The space to the right of a lane's name and of its thread id. */
const SPACE = 12
/** The minimum width of a bar. */
const NARROWEST = 2

interface Row {
  y: number
  height: number
  /** The top edges of the bars of each depth. */
  tops: number[]
}

/** Positions in the picture. */
class Layout {
  readonly rows: Row[]
  readonly labels: Labels
  readonly height: number
  readonly span: number
  /** The left edge of the bars, to the right of the names. */
  readonly left: number
  readonly start: number
  readonly width: number
  /** The width of the widest thread id. */
  readonly idWidth: number
  readonly top: number

  /** `top`: the height of what is above the lanes. */
  constructor(timeline: Timeline, width: number, top: number) {
    const lanes = [...timeline.lanes]
    this.idWidth = Math.max(0, ...lanes.map(({ threadId }) => textWidth(String(threadId), LABEL)))
    const beside = LEFT + this.idWidth + 2 * SPACE
    const longest = Math.max(0, ...lanes.map(({ role }) => textWidth(role, ROLE)))
    const most = Math.max(NAMES.least, width * NAMES.most)
    this.left = Math.ceil(Math.min(beside + most, Math.max(NAMES.least, beside + longest)))
    this.width = width
    this.top = top
    this.start = timeline.start
    this.span = Math.max(timeline.end - timeline.start, 0.001)
    this.labels = new Labels(timeline.bars, bar => this.extent(bar), width - 8)
    const depths = new Map<number, number>()
    for (const { lane, depth } of timeline.bars) depths.set(lane, Math.max(depth, depths.get(lane) ?? 0))
    let y = top
    this.rows = lanes.map((_, lane) => {
      const tops = [y + PADDING]
      let end = y + PADDING
      for (let depth = 0; depth <= (depths.get(lane) ?? 0); depth++) {
        tops[depth] = end
        end += ROW + this.labels.lines({ lane, depth }) * LINE
      }
      const row = { y, height: end - (ROW - BAR) + PADDING - y, tops }
      y += row.height
      return row
    })
    this.height = y + BOTTOM
  }

  x(time: number): number {
    return this.left + ((time - this.start) / this.span) * (this.width - this.left - RIGHT)
  }

  row(lane: number): Row {
    return this.rows[lane] ?? { y: this.top, height: ROW, tops: [this.top] }
  }

  /** The top edge of a bar. */
  y(bar: Pick<Bar, 'lane' | 'depth'>): number {
    const { y, tops } = this.row(bar.lane)
    return tops[bar.depth] ?? y
  }

  extent(bar: Bar): Extent {
    const x = this.x(bar.begin)
    return { x, width: Math.max(NARROWEST, this.x(bar.end) - x) }
  }

  /** The end of an arrow at a lane, on the side that the arrow comes from. */
  meets({ lane, bar }: Point, fromAbove: boolean): number {
    const row = this.row(lane)
    if (!bar) return row.y + row.height / 2
    return this.y(bar) + (fromAbove ? 0 : BAR)
  }
}

const round = (value: number): number => Math.round(value * 10) / 10

/** What is not read aloud: each bar has a text of its own. */
const silent = { 'aria-hidden': 'true' } as const

const axis = (layout: Layout): Markup[] => {
  const bottom = layout.height - BOTTOM
  return ticksOf(layout.span, (layout.width - layout.left - RIGHT) / TICK).flatMap(({ time, label }) => {
    const x = round(layout.x(layout.start + time))
    return [
      element('line', { class: 'grid', x1: x, x2: x, y1: layout.top - 5, y2: bottom }),
      textElement(label, { class: 'tick', x, y: layout.top - 11, 'text-anchor': 'middle' }),
    ]
  })
}

const lanes = (timeline: Timeline, layout: Layout): Markup[] =>
  [...timeline.lanes].flatMap(({ role, threadId, kind }: Lane, i) => {
    const { y, height } = layout.row(i)
    const middle = y + height / 2
    const band = { x: 0, y, width: layout.width, height }
    return [
      element('rect', { class: i % 2 ? 'band odd' : 'band', ...band }, element('title', {}, role)),
      element('rect', { class: `edge ${kind}`, x: 0, y: y + 1, width: 4, height: height - 2 }),
      textElement(fitted(role, layout.left - layout.idWidth - 2 * SPACE - LEFT, ROLE), {
        class: 'role',
        x: LEFT,
        y: middle + 4,
      }),
      textElement(String(threadId), {
        class: 'id',
        x: layout.left - SPACE,
        y: middle + 4,
        'text-anchor': 'end',
      }),
    ]
  })

const barOf = (bar: Bar, layout: Layout): Markup => {
  const extent = layout.extent(bar)
  const x = round(extent.x)
  const y = layout.y(bar)
  const width = round(extent.width)
  const place = { x, y, width, height: BAR, rx: Math.min(3, width / 2) }
  const text = barText(bar)
  const parts = [
    element('title', {}, text.join('\n')),
    element('rect', { class: `${bar.kind} ${bar.outcome}`, ...place }),
  ]
  if (bar.outcome === 'pending') parts.push(element('rect', { class: 'open', ...place }))
  if (bar.replyDropped) parts.push(element('rect', { class: 'dropped', ...place }))
  const label = layout.labels.of(bar)
  if (label) {
    const below = typeof label.place === 'number' ? BAR + label.place * LINE : 0
    const kind = label.place === 'in' ? bar.kind : 'beside'
    parts.push(textElement(label.text, { class: `name ${kind}`, x: round(label.x), y: y + 12 + below }))
  }
  if (bar.replyDropped) {
    const end = round(x + width)
    parts.push(element('path', { class: 'cross', d: `M${end - 4} ${y + 4}l8 8m0-8l-8 8` }))
  }
  return element('g', { class: 'bar', role: 'img', 'aria-label': text.join('; ') }, ...parts)
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

/**
 * Draws a timeline. `dropped`: the number of events that are missing at the beginning. Throws TypeError or RangeError
 * for bad options.
 */
export const svgOf = (timeline: Timeline, dropped: number, options?: PictureOptions): string => {
  const { width, theme, title } = pictureSettings('EventLog.toSvg', options)
  const heading = fitted(title, width - 2 * LEFT, HEADING)
  const summary = summaryOf(timeline, dropped)
  const after = LEFT + textWidth(heading, HEADING) * 1.08 + 10 // it is bold
  const beside = after + textWidth(summary, ROLE) < width
  const summaryAt = beside ? { x: round(after), y: 26 } : { x: LEFT, y: 44 }
  const legend = legendOf(LEFT, summaryAt.y + 25, width)
  const layout = new Layout(timeline, width, legend.bottom + 37)
  const { height } = layout
  const arrows = (kind: Arrow['kind']) =>
    timeline.arrows.filter(arrow => arrow.kind === kind).map(arrow => arrowOf(arrow, layout))
  const frame = {
    xmlns: 'http://www.w3.org/2000/svg',
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    // Readers that do not know the first role take the second. With the role img they would not read the bars.
    role: 'graphics-document document',
    'aria-labelledby': 'title',
    'aria-describedby': 'summary',
  }
  return `${element(
    'svg',
    frame,
    element('title', { id: 'title' }, title),
    element('desc', { id: 'summary' }, summary),
    styleOf(theme),
    definitions,
    element('rect', { class: 'page', width, height }),
    textElement(heading, { class: 'heading', x: LEFT, y: 26, ...silent }),
    textElement(summary, { class: 'summary', ...summaryAt, ...silent }),
    element('g', silent, ...legend.parts),
    element('g', silent, ...lanes(timeline, layout), ...axis(layout)),
    // Arrows are drawn below the bars, so that they do not cover names.
    element('g', silent, ...arrows('call'), ...arrows('cancel')),
    ...timeline.bars.map(bar => barOf(bar, layout)),
    element(
      'g',
      silent,
      ...timeline.bars.flatMap(bar => canceledAt(bar, layout)),
      ...timeline.marks.map(mark => markOf(mark, layout)),
    ),
  )}\n`
}
