// The class Timeline: the lanes, bars, marks and arrows of a picture, made of events.
import type { BindingInfo, ThreadId } from '../../../binding'
import { memberName } from '../../errors/call-error'
import { failed, HResult } from '../../errors/hresult'
import type { ComEvent } from '../publish/event'
import { type CallRecord, callsOf } from '../record/call-records'
import { hresultText, subject } from '../record/listing'
import { Lanes } from './lanes'

export type Outcome = CallRecord['outcome']

export interface Bar {
  lane: number
  /** The depth: the number of bars of the lane that contain it. */
  depth: number
  begin: number
  /** The end, or the end of the recording when the end was not recorded. */
  end: number
  /** 'call' on the caller's thread, 'method' on the server's thread. */
  kind: 'call' | 'method'
  outcome: Outcome
  label: string
  replyDropped: boolean
  call: CallRecord | null
  /** More details, one line each. */
  details: string[]
}

export interface Mark {
  lane: number
  time: number
  kind: 'cancel' | 'other'
  label: string
}

/** The beginning or end of an arrow; on a bar, if there is one. */
export interface Point {
  lane: number
  time: number
  bar: Bar | undefined
}

export interface Arrow {
  kind: 'call' | 'cancel'
  label: string
  from: Point
  to: Point
}

/** The number of earlier bars that are searched for an enclosing one. */
const DEEPEST = 64

const outcomeOf = (hresult: number): Outcome => {
  if (hresult === HResult.RPC_E_CALL_CANCELED) return 'canceled'
  return failed(hresult) ? 'failed' : 'completed'
}

export class Timeline {
  readonly lanes: Lanes
  readonly bars: Bar[] = []
  readonly marks: Mark[] = []
  readonly arrows: Arrow[] = []
  readonly calls: readonly CallRecord[]
  readonly start: number
  readonly end: number
  /** The bars of each lane, by their beginning. */
  readonly #byLane = new Map<number, Bar[]>()

  /** `until`: the end of the recording, to which pending bars extend. */
  constructor(events: readonly ComEvent[], until = 0) {
    const times = events.map(({ time }) => time)
    this.start = times.reduce((least, time) => Math.min(least, time), times[0] ?? 0)
    this.lanes = new Lanes(events)
    this.calls = callsOf(events)
    const pending = this.calls.some(
      ({ returned, servedBy, finished }) => !returned || (servedBy && !finished),
    )
    this.end = times.reduce(
      (most, time) => Math.max(most, time),
      pending ? Math.max(until, this.start) : this.start,
    )
    const methods = new Map<CallRecord, Bar>()
    const callers = new Map<CallRecord, Bar>()
    for (const call of this.calls) {
      callers.set(call, this.#callBar(call))
      const method = this.#methodBar(call)
      if (method) methods.set(call, method)
    }
    this.#incoming(events)
    this.#nest()
    for (const [call, method] of methods) this.#callArrows(call, callers.get(call), method)
    for (const event of events) this.#mark(event)
  }

  /** The innermost bar of a lane at a time. */
  barAt(lane: number, time: number): Bar | undefined {
    const bars = this.#byLane.get(lane) ?? []
    let begun = 0
    for (let end = bars.length; begun < end; ) {
      const middle = (begun + end) >> 1
      if ((bars[middle]?.begin ?? 0) <= time) begun = middle + 1
      else end = middle
    }
    return bars.slice(Math.max(0, begun - DEEPEST), begun).findLast(bar => time <= bar.end)
  }

  #callBar(call: CallRecord): Bar {
    const { caller, binding, times, outcome, hresult, server, name } = call
    const details = [`thread ${caller} calls ${subject(name, server)}`]
    if (call.operation !== 'invoke' && call.operation !== 'wait') details.push(`operation: ${call.operation}`)
    if (call.job !== null) details.push(`job ${call.job}`)
    if (call.marshaled === false) details.push('a direct call: it can not be canceled')
    else if (call.cancelable === false) details.push('cancellation is not enabled on the thread')
    if (call.rejections) details.push(`rejected ${call.rejections} times by a busy server`)
    if (times.canceled !== null) details.push(`canceled ${this.#after(times.canceled, times.begin)}`)
    if (call.released) details.push('the call returned before the method ended')
    details.push(hresult === null ? 'it has not returned' : `returned ${hresultText(hresult)}`)
    return this.#add({
      lane: this.lanes.indexOf(binding, caller),
      begin: times.begin ?? this.start,
      end: times.returned ?? this.end,
      kind: 'call',
      outcome,
      label: memberName(name),
      replyDropped: false,
      call,
      details,
    })
  }

  #methodBar(call: CallRecord): Bar | undefined {
    const { servedBy, binding, times, serverHresult, server, name } = call
    if (servedBy === null || times.dispatched === null) return undefined
    const details = [
      `thread ${servedBy} executes ${subject(name, server)}`,
      `called by thread ${call.caller}`,
    ]
    if (times.notified !== null)
      details.push(`its server was notified of the cancel ${this.#after(times.notified, times.dispatched)}`)
    details.push(serverHresult === null ? 'it has not ended' : `ended with ${hresultText(serverHresult)}`)
    if (call.replyDropped) details.push('its reply was dropped')
    return this.#add({
      lane: this.lanes.indexOf(binding, servedBy),
      begin: times.dispatched,
      end: times.finished ?? this.end,
      kind: 'method',
      outcome: serverHresult === null ? 'pending' : outcomeOf(serverHresult),
      label: memberName(name),
      replyDropped: call.replyDropped ?? false,
      call,
      details,
    })
  }

  /** Incoming calls of the addon. The emulator publishes those as calls. */
  #incoming(events: readonly ComEvent[]): void {
    const open = new Map<number, Bar>()
    for (const event of events) {
      if (event.binding !== 'native') continue
      if (event.type === 'incoming:received') {
        const bar = this.#add({
          lane: this.lanes.indexOf(event.binding, event.threadId),
          begin: event.time,
          end: this.end,
          kind: 'method',
          outcome: 'pending',
          label: `JavaScript, DISPID ${event.dispid}`,
          replyDropped: false,
          call: null,
          details: [`thread ${event.threadId} is called`],
        })
        open.set(event.key, bar)
      } else if (event.type === 'incoming:replied') {
        const bar = open.get(event.key)
        if (!bar) continue
        bar.end = event.time
        bar.outcome = outcomeOf(event.hresult)
        bar.details.push(`replied ${hresultText(event.hresult)}`)
      }
    }
  }

  #add(bar: Omit<Bar, 'depth'>): Bar {
    const added: Bar = { ...bar, depth: 0, end: Math.max(bar.begin, bar.end) }
    this.bars.push(added)
    return added
  }

  /** The depth of each bar. Of two bars that begin at the same time, the longer one is the outer one. */
  #nest(): void {
    this.bars.sort((a, b) => a.begin - b.begin || b.end - a.end)
    const open = new Map<number, Bar[]>()
    for (const bar of this.bars) {
      const around = (open.get(bar.lane) ?? []).filter(each => each.end > bar.begin)
      const taken = new Set(around.map(({ depth }) => depth))
      while (taken.has(bar.depth)) bar.depth++
      open.set(bar.lane, [...around, bar])
      const lane = this.#byLane.get(bar.lane)
      if (lane) lane.push(bar)
      else this.#byLane.set(bar.lane, [bar])
    }
  }

  #callArrows(call: CallRecord, caller: Bar | undefined, method: Bar): void {
    if (!caller || caller.lane === method.lane) return
    const { dispatched, notified } = call.times
    const label = subject(call.name, call.server)
    const arrow = (kind: Arrow['kind'], time: number) =>
      this.arrows.push({
        kind,
        label,
        from: { lane: caller.lane, time: kind === 'call' ? caller.begin : time, bar: caller },
        to: { lane: method.lane, time, bar: method },
      })
    if (dispatched !== null) arrow('call', dispatched)
    if (notified !== null && dispatched !== null && notified >= dispatched) arrow('cancel', notified)
  }

  #mark(event: ComEvent): void {
    const lane = this.lanes.indexOf(event.binding, event.threadId)
    const { time } = event
    switch (event.type) {
      case 'cancel:requested':
        this.marks.push({ lane, time, kind: 'cancel', label: `${event.function} on thread ${event.target}` })
        this.#cancelArrow(event.binding, event.threadId, event.target, time, event.function)
        break
      case 'job:canceled':
        this.marks.push({
          lane: this.lanes.indexOf(event.binding, event.from),
          time,
          kind: 'cancel',
          label: `job ${event.job} is canceled`,
        })
        this.#cancelArrow(event.binding, event.from, event.threadId, time, 'canceled')
        break
      case 'call:rejected':
        this.marks.push({ lane, time, kind: 'other', label: 'the server is busy and rejects the call' })
        break
      case 'thread:ended':
        this.marks.push({ lane, time, kind: 'other', label: 'the thread has ended' })
        break
    }
  }

  #cancelArrow(
    binding: BindingInfo['kind'],
    from: ThreadId,
    to: ThreadId,
    time: number,
    label: string,
  ): void {
    const source = this.lanes.indexOf(binding, from)
    const target = this.lanes.find(binding, to)
    if (target === undefined || target === source) return
    this.arrows.push({
      kind: 'cancel',
      label,
      from: { lane: source, time, bar: undefined },
      to: { lane: target, time, bar: this.barAt(target, time) },
    })
  }

  #after(time: number, begin: number | null): string {
    return `after ${(time - (begin ?? this.start)).toFixed(2)} ms`
  }
}
