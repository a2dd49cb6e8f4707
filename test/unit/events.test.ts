// The event log: queries and assertions, its picture and its trace.
import { AssertionError } from 'node:assert'
import { DOMParser, type Element, type Node } from '@xmldom/xmldom'
import { type ComEvent, ComThread, type EventLog, HResult, type TraceEvent } from 'com-cancel'
import { Emulator } from 'com-cancel/emulator'
import { beforeAll, describe, expect, it } from 'vitest'
import { ticksOf } from '../../dist/events/picture/scale.js'
import { svgOf } from '../../dist/events/picture/svg.js'
import { Timeline } from '../../dist/events/picture/timeline.js'
import { thrown } from '../support/errors'

const PROG_ID = 'Tricky <"&\'> ]]> \u0007 Server 素'

/** A program with calls of every outcome, one of them pending, a callback, and a reply that is dropped. */
const story = (): Promise<{ log: EventLog; threads: number[] }> => new Emulator().run(runStory)

const runStory = async (emulator: Emulator): Promise<{ log: EventLog; threads: number[] }> => {
  emulator.registerClass({
    progId: PROG_ID,
    threading: 'sta',
    methods: {
      Work: (call, ms) => call.delay(Number(ms)),
      Fail() {
        throw new Error('no')
      },
      CallBack: (_call, callback) => (callback as { call(member: number): unknown }).call(0),
    },
  })
  const log = emulator.record()
  const start = () => ComThread.start({ binding: emulator.binding })
  const [one, other] = [await start(), await start()]
  const object = await one.createObject(PROG_ID)
  await object.call('Work', [5])
  await object.call('Fail').catch(() => {})
  await object.call('CallBack', [() => {}])
  await object.call('Work', [60], { signal: emulator.clock.timeout(15) }).catch(() => {})
  const queued = await other.createObject(PROG_ID) // until the canceled one is through
  const pending = queued.call('Work', [10_000]).catch(() => {})
  await emulator.clock.delay(20)
  log[Symbol.dispose]()
  const threads = [one.id, other.id]
  for (const each of [object, queued]) each[Symbol.dispose]()
  await one[Symbol.asyncDispose]()
  await other[Symbol.asyncDispose]()
  await pending
  return { log, threads }
}

let log: EventLog
let threads: number[]

beforeAll(async () => {
  ;({ log, threads } = await story())
})

const message = (act: () => unknown): string => {
  const error = thrown(act)
  expect(error).toBeInstanceOf(AssertionError)
  return (error as AssertionError).message
}

describe('looking for events', () => {
  it('by type, by details, by a function', () => {
    const all = log.of('job:ended')
    const failed = log.of('job:ended', { hresult: HResult.DISP_E_EXCEPTION })
    expect(failed).toHaveLength(1)
    expect(log.of('job:ended', event => event.hresult === HResult.DISP_E_EXCEPTION)).toEqual(failed)
    expect(all.length).toBeGreaterThan(failed.length)
    expect(log.of('job:ended', {})).toEqual(all)
    expect(log.of('incoming:canceled')).toEqual([])
  })

  it('calls by member in any case, and by what came of them', () => {
    expect(log.call('WORK')).toMatchObject({ name: 'Work', outcome: 'completed' })
    expect(log.call('Work', { outcome: 'pending' }).caller).toBe(threads[1])
    expect(log.call('Work', call => call.canceled).replyDropped).toBe(true)
    expect(log.call(PROG_ID)).toMatchObject({ operation: 'activate', server: PROG_ID })
    expect(log.calls.map(({ outcome }) => outcome)).toEqual([
      'completed',
      'completed',
      'failed',
      'completed',
      'completed',
      'canceled',
      'completed',
      'pending',
    ])
  })

  it('assertions return the events they found', () => {
    expect(log.assertHappened('call:canceled')).toBe(log.of('call:canceled')[0])
    expect(log.assertOrder('thread:started', { type: 'call:made', name: 'Fail' })).toMatchObject([
      { type: 'thread:started', threadId: threads[0] },
      { type: 'call:made', name: 'Fail' },
    ])
    expect(log.assertNever('server:ended')).toBeUndefined()
    expect(log.assertOrder()).toEqual([])
  })

  it('one event can not be two steps of an order', () => {
    message(() => log.assertOrder('server:started', 'server:started'))
  })
})

describe('the message of a failed assertion', () => {
  it('of an event that never happened', () => {
    const text = message(() => log.assertHappened('server:ended'))
    expect(text).toMatch(/^server:ended never happened. What happened:\n/)
    expect(text).toContain('call:reply-dropped')
  })

  it('of one that happened otherwise', () => {
    const text = message(() => log.assertHappened('call:made', { name: 'Save' }))
    expect(text).toMatch(/^call:made happened 8 times, but none matches:\n/)
    expect(text).toMatch(/call:made +#\d+ Fail of Tricky/)
    expect(text).toContain('All that happened:')
  })

  it('of one that was never to happen', () => {
    const text = message(() => log.assertNever('call:canceled'))
    expect(text).toMatch(/^call:canceled happened once, and was never to:\n/)
  })

  it('of an order: which step, and after what', () => {
    const text = message(() => log.assertOrder('call:canceled', { type: 'call:made', name: 'Fail' }))
    expect(text).toMatch(
      /^step 2 of 2, {"type":"call:made","name":"Fail"}, never happened after call:canceled at [\d.]+ ms\. /,
    )
  })

  it('of a call: which there were', () => {
    const text = message(() => log.call('Save'))
    expect(text).toMatch(/^there was no call of Save\. The calls were:\n/)
    expect(text).toContain(`  Fail of ${PROG_ID}, by thread ${threads[0]}: failed`)
    expect(message(() => log.call('Fail', { canceled: true }))).toContain('no call of Fail like that')
  })

  it('with HRESULTs by name and times from the beginning, and no more than can be read', () => {
    const text = message(() => log.assertHappened('server:ended'))
    expect(text).toMatch(/… \d+ more before these/)
    expect(text.split('\n').length).toBeLessThan(70)
    const lines = String(log).split('\n')
    expect(lines).toHaveLength(log.events.length + 1)
    expect(lines[1]).toMatch(/^ +0\.00 +\d+ {2}thread:started +from \d+ apartment mta callCancellation$/)
    expect(String(log)).toContain('job:ended              job 3 DISP_E_EXCEPTION (0x80020009)')
  })

  it('in an empty recording', () => {
    using empty = new Emulator().record()
    expect(message(() => empty.assertHappened('call:made'))).toContain('(nothing)')
    expect(message(() => empty.call('Save'))).toContain('(none)')
    expect(empty.assertNever('call:made')).toBeUndefined()
  })
})

describe('bad input', () => {
  it.each([
    ['an unknown type', () => log.of('call:mad' as never), RangeError, 'the string "call:mad"'],
    [
      'no type',
      () => log.assertHappened(undefined as never),
      TypeError,
      'EventLog.assertHappened: type must be one of',
    ],
    ['a type that is a number', () => log.assertNever(5 as never), TypeError, 'got 5'],
    ['a where that is a string', () => log.of('call:made', 'x' as never), TypeError, 'where must be'],
    ['a where that is null', () => log.assertNever('call:made', null as never), TypeError, 'where must be'],
    ['a pattern without a type', () => log.assertOrder({} as never), TypeError, 'type must be one of'],
    [
      'a pattern that is nothing',
      () => log.assertOrder(undefined as never),
      TypeError,
      'EventLog.assertOrder',
    ],
    ['a member that is none', () => log.call({} as never), TypeError, 'EventLog.call: member must be'],
    ['an empty member', () => log.call(''), RangeError, 'EventLog.call: member must be'],
  ])('%s', (_what, act, type, text) => {
    const error = thrown(act)
    expect(error).toBeInstanceOf(type)
    expect((error as Error).message).toContain(text)
  })
})

const elements = (parent: Node, name: string, className?: string): Element[] => {
  const found: Element[] = []
  const visit = (node: Node) => {
    const element = node as Element
    if (node.nodeName === name) {
      const classes = (element.getAttribute('class') ?? '').split(' ')
      if (className === undefined || className.split(' ').every(each => classes.includes(each)))
        found.push(element)
    }
    for (const child of node.childNodes) visit(child)
  }
  visit(parent)
  return found
}

/** Parses XML; throws when it is not well-formed. */
const parsed = (svg: string): Element => {
  const onError = (level: string, text: string) => {
    throw new Error(`${level}: ${text}`)
  }
  const root = new DOMParser({ onError }).parseFromString(svg, 'image/svg+xml').documentElement
  if (!root) throw new Error('no element')
  return root
}

const number = (element: Element, name: string): number => Number(element.getAttribute(name))

describe('the picture', () => {
  it('has a lane for each thread, and a bar for each call and each method', () => {
    const root = parsed(log.toSvg())
    expect(root.nodeName).toBe('svg')
    const ids = elements(root, 'text', 'id').map(({ textContent }) => Number(textContent))
    const server = log.call('Fail').servedBy
    expect(ids).toEqual([log.of('job:queued')[0]?.from, ...threads, server, log.call(0).servedBy])
    const bars = (kind: string) => elements(root, 'g', 'bar').flatMap(each => elements(each, 'rect', kind))
    const shown = (kind: string) =>
      bars(kind).map(each => each.getAttribute('class')?.replace(`${kind} `, ''))
    expect(shown('call').toSorted()).toEqual(log.calls.map(({ outcome }) => outcome).toSorted())
    expect(shown('method')).toHaveLength(log.calls.filter(({ dispatched }) => dispatched).length)
    expect(bars('dropped')).toHaveLength(1)
    expect(elements(root, 'line', 'canceled-at').length).toBe(1 + 1) // and the legend's
  })

  it('draws every bar inside the picture and its lane, none over another', () => {
    const root = parsed(log.toSvg())
    const width = number(root, 'width')
    const bands = elements(root, 'rect', 'band').map(each => number(each, 'y'))
    const byRow = new Map<number, [number, number][]>()
    for (const bar of elements(root, 'g', 'bar')) {
      const [rect] = elements(bar, 'rect')
      if (!rect) throw new Error('a bar without a rectangle')
      const [x, y, w] = ['x', 'y', 'width'].map(name => number(rect, name)) as [number, number, number]
      expect(x).toBeGreaterThan(0)
      expect(x + w).toBeLessThan(width)
      expect(y).toBeGreaterThan(Math.min(...bands))
      byRow.set(y, [...(byRow.get(y) ?? []), [x, w]])
    }
    for (const row of byRow.values()) {
      row.sort(([a], [b]) => a - b)
      for (const [i, [x]] of row.entries()) {
        const before = row[i - 1]
        // A bar is at least two units wide, however short its call was.
        if (before) expect(x).toBeGreaterThanOrEqual(before[0] + Math.min(before[1], 2) - 2.1)
      }
    }
  })

  it('names what it shows, as it was named', () => {
    const root = parsed(log.toSvg())
    const roles = elements(root, 'text', 'role').map(({ textContent }) => textContent)
    expect(roles).toEqual([
      'JavaScript',
      'ComThread, mta',
      'ComThread, mta',
      PROG_ID.replace('\u0007', '?'),
      'program',
    ])
    const titles = elements(root, 'title').map(({ textContent }) => textContent)
    expect(
      titles.some(title => /^Fail: failed, .*\n[\s\S]*returned DISP_E_EXCEPTION/.test(title ?? '')),
    ).toBe(true)
    expect(titles.some(title => title?.endsWith('its reply was dropped'))).toBe(true)
    expect(elements(root, 'desc')[0]?.textContent).toMatch(
      /^5 threads · 8 calls \(5 completed, 1 canceled, 1 failed, 1 pending\) · \d+ ms$/,
    )
  })

  it('has arrows from callers to servers, and from cancellers', () => {
    const root = parsed(log.toSvg())
    const arrows = (kind: string) => elements(root, 'path', `arrow ${kind}`).length - 1 // the legend's
    expect(arrows('call')).toBe(log.calls.filter(({ dispatched }) => dispatched).length)
    expect(arrows('cancel')).toBe(2) // to the call, and on to the server
    const heads = elements(root, 'marker').map(each => each.getAttribute('id'))
    expect(heads).toEqual(['call-head', 'cancel-head'])
  })

  it('is drawn of no events, and of a recording that lost its beginning', async () => {
    using empty = new Emulator().record()
    expect(elements(parsed(empty.toSvg()), 'desc')[0]?.textContent).toMatch(/^0 threads · 0 calls · /)
    const late = log.events.slice(25)
    const root = parsed(svgOf(new Timeline(late), 25))
    expect(elements(root, 'desc')[0]?.textContent).toContain('25 older events not kept')
  })

  it.each([
    [0.001, '2 µs'],
    [0.1, '0.2 ms'],
    [10, '20 ms'],
    [1000, '2 s'],
    [60_000, '2:00 min'],
    [3_600_000, '120:00 min'],
  ])('has an axis for calls of %d ms', (scale, second) => {
    const events: ComEvent[] = [
      queued(1, 0, 'Open'),
      ended(1, 4 * scale),
      queued(2, 4 * scale, 'Save'),
      ended(2, 10 * scale),
    ]
    const ticks = elements(parsed(svgOf(new Timeline(events), 0)), 'text', 'tick')
    expect(ticks.length).toBeGreaterThan(3)
    expect(ticks.length).toBeLessThan(11)
    expect(ticks[1]?.textContent).toBe(second)
  })

  it('has as many marks on its axis as there is room for, whatever the span', () => {
    for (let span = 0.001; span < 1e8; span *= 1.7) {
      const ticks = ticksOf(span, 9)
      expect(ticks.length).toBeGreaterThan(2)
      expect(ticks.length).toBeLessThan(11)
      expect(new Set(ticks.map(({ label }) => label)).size).toBe(ticks.length)
    }
  })
})

const native = { threadId: 8, binding: 'native' } as const
const queued = (job: number, time: number, name: string): ComEvent => ({
  ...native,
  type: 'job:queued',
  time,
  job,
  operation: 'invoke',
  name,
  from: 4,
})
const ended = (job: number, time: number, hresult = 0): ComEvent => ({
  ...native,
  type: 'job:ended',
  time,
  job,
  hresult,
})

describe('of a binding that sees its calls from outside only', () => {
  it('a thread runs its jobs one after the other', () => {
    const events = [
      queued(1, 0, 'Open'),
      queued(2, 1, 'Calculate'),
      queued(3, 2, 'Save'),
      ended(1, 10),
      ended(2, 30, HResult.DISP_E_EXCEPTION),
      queued(4, 40, 'Quit'),
    ]
    const { bars } = new Timeline(events, 100)
    expect(bars.map(({ label, begin, end, outcome, depth }) => [label, begin, end, outcome, depth])).toEqual([
      ['Open', 0, 10, 'completed', 0],
      ['Calculate', 10, 30, 'failed', 0],
      ['Save', 30, 100, 'pending', 0],
      ['Quit', 40, 100, 'pending', 1],
    ])
  })

  it('one that runs while another waits for JavaScript lies within that', () => {
    const events = [queued(1, 0, 'CallBack'), queued(2, 10, 'Inner'), ended(2, 20), ended(1, 30)]
    const { bars } = new Timeline(events)
    expect(bars.map(({ label, begin, end, depth }) => [label, begin, end, depth])).toEqual([
      ['CallBack', 0, 30, 0],
      ['Inner', 10, 20, 1],
    ])
  })

  it('a cancel points at the call that it meets', () => {
    const cancel = { cancel: 1, function: 'cancelCall', target: 8, seconds: 0 } as const
    const events: ComEvent[] = [
      queued(1, 0, 'Open'),
      { type: 'cancel:requested', time: 5, threadId: 4, binding: 'native', ...cancel },
      ended(1, 6, HResult.RPC_E_CALL_CANCELED),
    ]
    const timeline = new Timeline(events)
    expect(timeline.calls).toMatchObject([{ canceled: true, outcome: 'canceled', times: { canceled: 5 } }])
    expect(timeline.arrows).toMatchObject([
      { kind: 'cancel', from: { time: 5 }, to: { bar: { label: 'Open' } } },
    ])
  })
})

describe('the trace', () => {
  const place = ({ pid, tid }: TraceEvent) => `${pid}/${tid}`
  const end = ({ ts = 0, dur = 0 }: TraceEvent) => ts + dur
  const spans = () => log.toChromeTrace().traceEvents.filter(({ ph }) => ph === 'X')

  it('survives JSON, and has nothing but the phases of the format', () => {
    const trace = log.toChromeTrace()
    expect(JSON.parse(JSON.stringify(trace))).toEqual(trace)
    expect(new Set(trace.traceEvents.map(({ ph }) => ph))).toEqual(new Set(['M', 'X', 'i', 's', 'f']))
    for (const { ph, ts, dur } of trace.traceEvents) {
      if (ph !== 'M') expect(ts).toBeGreaterThanOrEqual(0)
      if (ph === 'X') expect(dur).toBeGreaterThanOrEqual(0)
    }
  })

  it('names the program, the server and their threads', () => {
    const names = (what: string) =>
      log.toChromeTrace().traceEvents.flatMap(({ name, args }) => (name === what ? [args?.name] : []))
    expect(names('process_name')).toEqual(['com-cancel (emulator)', PROG_ID])
    expect(names('thread_name')).toEqual([
      expect.stringMatching(/^JavaScript \d+$/),
      `ComThread, mta ${threads[0]}`,
      `ComThread, mta ${threads[1]}`,
      `${PROG_ID} ${log.call('Fail').servedBy}`,
      `program ${log.call(0).servedBy}`,
    ])
  })

  it('has a span for each call and each method, in microseconds, one inside the other on a thread', () => {
    const work = spans().find(({ name, cat }) => name === 'Work' && cat === 'call')
    const { begin, returned } = log.call('Work').times
    expect(work?.dur).toBeCloseTo((Number(returned) - Number(begin)) * 1000, 1)
    expect(spans().filter(({ cat }) => cat === 'call')).toHaveLength(log.calls.length)
    for (const one of spans())
      for (const other of spans())
        if (place(one) === place(other) && (one.ts ?? 0) < (other.ts ?? 0))
          expect(end(one) <= (other.ts ?? 0) || end(one) >= end(other)).toBe(true)
  })

  it('has arrows that begin and end inside spans', () => {
    const arrows = log.toChromeTrace().traceEvents.filter(({ ph }) => ph === 's' || ph === 'f')
    const starts = arrows.filter(({ ph }) => ph === 's')
    expect(new Set(starts.map(({ id }) => id)).size).toBe(starts.length)
    expect(arrows).toHaveLength(2 * starts.length)
    expect(starts.map(({ cat }) => cat)).toContain('cancel')
    for (const arrow of arrows) {
      const around = spans().filter(
        span =>
          place(span) === place(arrow) &&
          Number(span.ts) <= Number(arrow.ts) &&
          end(span) >= Number(arrow.ts),
      )
      expect(around, `an arrow of ${arrow.name}`).not.toEqual([])
    }
  })
})
