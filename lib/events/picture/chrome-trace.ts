// A timeline in the Trace Event Format, which Perfetto and chrome://tracing open.
import type { Lane } from './lanes'
import type { Arrow, Bar, Timeline } from './timeline'

/** One entry of a trace. Times are microseconds. */
export interface TraceEvent {
  name: string
  cat?: string
  /** M: metadata, X: a span, i: an instant, s and f: the beginning and end of an arrow. */
  ph: 'M' | 'X' | 'i' | 's' | 'f'
  pid: number
  tid: number
  ts?: number
  dur?: number
  id?: number
  /** Binds the end of an arrow to the enclosing span. */
  bp?: 'e'
  /** The scope of an instant: its thread. */
  s?: 't'
  args?: Record<string, unknown>
  cname?: string
}

export interface ChromeTrace {
  traceEvents: TraceEvent[]
  displayTimeUnit: 'ms'
}

/** Names of colors in chrome://tracing. */
const colours: Record<Bar['outcome'], string> = {
  completed: 'good',
  canceled: 'bad',
  failed: 'terrible',
  pending: 'grey',
}

/** The least duration of a span, because an arrow can end only at a span. */
const MOMENT = 1

/** The trace's processes: the program, and one for each server. */
class Processes {
  readonly #pids = new Map<string, number>()

  of({ server, binding }: Lane): number {
    const name = server ?? `com-cancel (${binding})`
    const known = this.#pids.get(name)
    if (known !== undefined) return known
    const pid = this.#pids.size + 1
    this.#pids.set(name, pid)
    return pid
  }

  *[Symbol.iterator](): Generator<TraceEvent> {
    for (const [name, pid] of this.#pids) yield { name: 'process_name', ph: 'M', pid, tid: 0, args: { name } }
  }
}

export const chromeTraceOf = (timeline: Timeline): ChromeTrace => {
  const lanes = [...timeline.lanes]
  const processes = new Processes()
  const at = (lane: number): { pid: number; tid: number } => {
    const found = lanes[lane]
    return found ? { pid: processes.of(found), tid: found.threadId } : { pid: 0, tid: 0 }
  }
  const micros = (time: number): number => Math.round((time - timeline.start) * 1e6) / 1e3

  const threads = lanes.flatMap((lane, i): TraceEvent[] => {
    const place = at(i)
    const name = `${lane.role} ${lane.threadId}`
    return [
      { name: 'thread_name', ph: 'M', ...place, args: { name } },
      { name: 'thread_sort_index', ph: 'M', ...place, args: { sort_index: i } },
    ]
  })

  const spans = timeline.bars.map(
    (bar): TraceEvent => ({
      name: bar.label,
      cat: bar.kind,
      ph: 'X',
      ...at(bar.lane),
      ts: micros(bar.begin),
      dur: micros(bar.end) - micros(bar.begin),
      args: { outcome: bar.outcome, details: bar.details, ...(bar.call ?? {}) },
      cname: colours[bar.outcome],
    }),
  )

  const moments = timeline.marks.map((mark): TraceEvent => {
    const common = { name: mark.label, cat: mark.kind, ...at(mark.lane), ts: micros(mark.time) }
    return mark.kind === 'cancel' ? { ...common, ph: 'X', dur: MOMENT } : { ...common, ph: 'i', s: 't' }
  })
  const cancels = timeline.calls.flatMap((call): TraceEvent[] => {
    const lane = timeline.lanes.find(call.binding, call.caller)
    if (call.times.canceled === null || lane === undefined) return []
    const name = `${call.name} is canceled`
    return [{ name, cat: 'cancel', ph: 'i', s: 't', ...at(lane), ts: micros(call.times.canceled) }]
  })

  const arrows = timeline.arrows.flatMap((arrow, i): TraceEvent[] => {
    const { label, kind, from, to } = arrow
    if (!to.bar) return [] // there is no span that it could end at
    const common = { name: kind === 'call' ? label : `cancel: ${label}`, cat: kind, id: i + 1 }
    return [
      { ...common, ph: 's', ...at(from.lane), ts: micros(from.time) },
      { ...common, ph: 'f', bp: 'e', ...at(to.lane), ts: micros(within(to)) },
    ]
  })

  return {
    traceEvents: [...processes, ...threads, ...spans, ...moments, ...cancels, ...arrows],
    displayTimeUnit: 'ms',
  }
}

/** A time within the bar that an arrow ends at. */
const within = ({ time, bar }: Arrow['to']): number =>
  bar ? Math.min(Math.max(time, bar.begin), bar.end) : time
