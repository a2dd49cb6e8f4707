// A timeline as a page of one file: zoom, pan and search, without any other resource.
import { createHash } from 'node:crypto'
import { AXIS, NAMES, PADDING, pageStyle, ROW } from './html-style'
import type { Lane } from './lanes'
import { element, htmlElement, Markup } from './markup'
import { type PageOptions, pageSettings } from './options'
import { page } from './page-script'
import { barText, summaryOf } from './texts'
import type { Arrow, Bar, Mark, Point, Timeline } from './timeline'

/** The height of a bar in pixels. */
const BAR = 18

/** Vertical positions in pixels. Horizontal ones follow from the zoom: CSS computes them of times. */
class Rows {
  readonly tops: number[] = []
  readonly heights: number[] = []

  constructor(timeline: Timeline) {
    const depths = new Map<number, number>()
    for (const { lane, depth } of timeline.bars) depths.set(lane, Math.max(depth, depths.get(lane) ?? 0))
    let top = AXIS
    for (const lane of [...timeline.lanes].keys()) {
      const height = ((depths.get(lane) ?? 0) + 1) * ROW - (ROW - BAR) + 2 * PADDING
      this.tops.push(top)
      this.heights.push(height)
      top += height
    }
  }

  middle(lane: number): number {
    return (this.tops[lane] ?? 0) + (this.heights[lane] ?? 0) / 2
  }

  /** The end of an arrow at a lane, on the side that the arrow comes from. */
  meets({ lane, bar }: Point, fromAbove: boolean): number {
    if (!bar) return this.middle(lane)
    return (this.tops[lane] ?? 0) + PADDING + bar.depth * ROW + (fromAbove ? 0 : BAR)
  }
}

/** Milliseconds from the beginning of the recording, to a tenth of a microsecond. */
const milliseconds = (time: number): number => Math.round(time * 1e4) / 1e4

const barOf = (bar: Bar, timeline: Timeline, call: number | undefined): Markup => {
  const begin = milliseconds(bar.begin - timeline.start)
  const length = milliseconds(bar.end - bar.begin)
  const attributes = {
    type: 'button',
    class: `bar ${bar.kind} ${bar.outcome}${bar.replyDropped ? ' reply-dropped' : ''}`,
    style: `--b:${begin};--l:${length};--d:${bar.depth}`,
    title: barText(bar).join('\n'),
    ...(call !== undefined && { 'data-call': call }),
  }
  return htmlElement('li', {}, htmlElement('button', attributes, htmlElement('span', {}, bar.label)))
}

const laneOf = ({ role, threadId, kind }: Lane, height: number, bars: readonly Markup[]): Markup =>
  htmlElement(
    'section',
    { class: `lane ${kind}`, style: `height:${height}px`, 'aria-label': `${role}, thread ${threadId}` },
    htmlElement(
      'h2',
      { title: `${role}, thread ${threadId}` },
      htmlElement('span', {}, role),
      htmlElement('small', {}, String(threadId)),
    ),
    htmlElement('ul', {}, ...bars),
  )

const lanesOf = (timeline: Timeline, rows: Rows): Markup[] => {
  const calls = new Map(timeline.calls.map((call, i) => [call, i]))
  const bars: Markup[][] = rows.tops.map(() => [])
  for (const bar of timeline.bars)
    bars[bar.lane]?.push(barOf(bar, timeline, bar.call ? calls.get(bar.call) : undefined))
  return [...timeline.lanes].map((lane, i) => laneOf(lane, rows.heights[i] ?? 0, bars[i] ?? []))
}

const arrowOf = ({ kind, from, to }: Arrow, timeline: Timeline, rows: Rows): Markup => {
  const down = from.lane < to.lane
  const [one, other] = [rows.meets(from, !down), rows.meets(to, down)]
  const [top, bottom] = down ? [one, other] : [other, one]
  return htmlElement('i', {
    class: `arrow ${kind} ${down ? 'down' : 'up'}`,
    style: `--b:${milliseconds(to.time - timeline.start)};top:${top}px;height:${bottom - top}px`,
  })
}

const markOf = ({ lane, time, kind }: Mark, timeline: Timeline, rows: Rows): Markup =>
  htmlElement('i', {
    class: `mark ${kind}`,
    style: `--b:${milliseconds(time - timeline.start)};top:${rows.middle(lane) - 5}px`,
  })

const button = (id: string, label: string, text: string): Markup =>
  htmlElement('button', { type: 'button', id, title: label, 'aria-label': label }, text)

const tools = (): Markup[] => [
  htmlElement(
    'div',
    { class: 'tools', role: 'toolbar', 'aria-label': 'Zoom' },
    button('out', 'Zoom out (-)', '−'),
    button('in', 'Zoom in (+)', '+'),
    button('all', 'The whole recording (0)', 'All'),
  ),
  htmlElement(
    'div',
    { class: 'tools', role: 'search' },
    element('input', {
      id: 'search',
      type: 'search',
      placeholder: 'Search ( / )',
      'aria-label': 'Search calls',
    }),
    button('previous', 'Previous match (Shift+Enter)', '↑'),
    button('next', 'Next match (Enter)', '↓'),
    htmlElement('output', { id: 'found', for: 'search' }),
  ),
]

/** A bundler that keeps the names of functions wraps them in calls of `__name`, which the page does not have. */
const names = 'const __name = f => f;'

const scriptOf = (duration: number): string =>
  `${names}\n(${page})(document, window, ${JSON.stringify({ duration, names: NAMES })})`

/**
 * Draws a timeline as HTML. `dropped`: the number of events that are missing at the beginning. Throws TypeError or
 * RangeError for bad options.
 */
export const htmlOf = (timeline: Timeline, dropped: number, options?: PageOptions): string => {
  const { theme, title } = pageSettings('EventLog.toHtml', options)
  const duration = Math.max(milliseconds(timeline.end - timeline.start), 0.001)
  const rows = new Rows(timeline)
  const script = scriptOf(duration)
  const hash = createHash('sha256').update(script).digest('base64')
  // The page runs its own script and loads nothing.
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`
  const head = htmlElement(
    'head',
    {},
    element('meta', { charset: 'utf-8' }),
    element('meta', { 'http-equiv': 'Content-Security-Policy', content: policy }),
    element('meta', { name: 'viewport', content: 'width=device-width,initial-scale=1' }),
    htmlElement('title', {}, title),
    new Markup(`<style>${pageStyle(theme)}</style>`),
  )
  const body = htmlElement(
    'body',
    // Until the script has measured the window, and where scripts are off.
    { style: `--length:${duration};--zoom:${1000 / duration}` },
    htmlElement(
      'header',
      {},
      htmlElement('h1', {}, title),
      htmlElement('p', {}, summaryOf(timeline, dropped)),
      ...tools(),
    ),
    htmlElement(
      'main',
      { id: 'view', tabindex: 0, 'aria-label': 'Timeline' },
      htmlElement(
        'div',
        { id: 'content' },
        htmlElement('div', { id: 'axis', 'aria-hidden': 'true' }),
        ...lanesOf(timeline, rows),
        htmlElement(
          'div',
          { 'aria-hidden': 'true' },
          ...timeline.arrows.map(arrow => arrowOf(arrow, timeline, rows)),
          ...timeline.marks.map(mark => markOf(mark, timeline, rows)),
        ),
      ),
    ),
    htmlElement('pre', { id: 'details', role: 'status', 'aria-label': 'Details' }),
    new Markup(`<script>${script}</script>`),
  )
  return `<!doctype html>\n${htmlElement('html', { lang: 'en' }, head, body)}\n`
}
