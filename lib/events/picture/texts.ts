// Texts of a timeline: its summary in one line, and what is said about each bar.
import { duration } from './scale'
import type { Bar, Outcome, Timeline } from './timeline'

const outcomes: readonly Outcome[] = ['completed', 'canceled', 'failed', 'pending']

const counted = (many: number, what: string): string =>
  `${many.toLocaleString('en')} ${what}${many === 1 ? '' : 's'}`

/** `dropped`: the number of events that are missing at the beginning. */
export const summaryOf = (timeline: Timeline, dropped: number): string => {
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

/** The lines of a bar's tooltip, which a screen reader reads. */
export const barText = (bar: Bar): string[] => [
  `${bar.label}: ${bar.outcome}, ${duration(bar.end - bar.begin)}`,
  ...bar.details,
]
