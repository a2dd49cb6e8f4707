// The class EventLog: recorded events, the calls made of them, and assertions for tests.
import { AssertionError } from 'node:assert'
import * as validate from '../errors/validate'
import type { ChromeTrace } from './picture/chrome-trace'
import type { PageOptions, PictureOptions } from './picture/options'
import type { Timeline } from './picture/timeline'
import { channels, eventTypes } from './publish/channels'
import type { ComEvent, ComEventOf, ComEventType } from './publish/event'
import { Publisher } from './publish/publisher'
import { type CallRecord, callsOf } from './record/call-records'
import { listed, subject } from './record/listing'
import { checkedType, type EventPattern, matcher, patternMatcher, type Where } from './record/matching'

export interface RecordOptions {
  /** The number of events to keep, 1 to 10 million; older events are dropped. Default 100000. */
  limit?: number | undefined
}

const DEFAULT_LIMIT = 100_000

/** The number of events in the message of a failed assertion. */
const SHOWN = 60

/**
 * The events that were published since the log was made, in their order. It records until it is disposed, and
 * keeps the events after that.
 *
 * @example
 * using log = record()
 * await work()
 * log.assertHappened('cancel:requested')
 */
export class EventLog implements Disposable, Iterable<ComEvent> {
  readonly #limit: number
  /** A ring buffer: when it is full, the oldest event is at `#recorded % #limit`. */
  readonly #ring: ComEvent[] = []
  readonly #listen: (event: unknown) => void
  #recorded = 0
  #recording = true
  /** When it was disposed, in milliseconds of the last event's clock. */
  #stopped: number | undefined

  private constructor(where: string, options: RecordOptions | undefined, from?: Publisher) {
    const { limit = DEFAULT_LIMIT } = validate.options<RecordOptions>(where, options, { limit: true })
    this.#limit = validate.between(where, 'options.limit', limit, 1, 10_000_000)
    this.#listen = message => {
      const event = message as ComEvent
      const publisher = Publisher.of(event)
      if (publisher && (!from || publisher === from)) this.#ring[this.#recorded++ % this.#limit] = event
    }
    for (const type of eventTypes) channels[type].subscribe(this.#listen)
  }

  /** @internal Made by `record` and `emulator.record`; `from` limits it to the events of one publisher. */
  static make(where: string, options: RecordOptions | undefined, from?: Publisher): EventLog {
    return new EventLog(where, options, from)
  }

  /** The recorded events, the oldest first. */
  get events(): readonly ComEvent[] {
    const oldest = this.#recorded % this.#limit
    if (this.#recorded <= this.#limit || oldest === 0) return [...this.#ring]
    return [...this.#ring.slice(oldest), ...this.#ring.slice(0, oldest)]
  }

  /** The number of events that were dropped because of the limit. */
  get dropped(): number {
    return Math.max(0, this.#recorded - this.#limit)
  }

  /** Whether it is still recording. */
  get recording(): boolean {
    return this.#recording
  }

  /** The calls whose beginning was recorded, in the order in which they were made. */
  get calls(): CallRecord[] {
    return callsOf(this.events)
  }

  [Symbol.iterator](): Iterator<ComEvent> {
    return this.events[Symbol.iterator]()
  }

  /**
   * The events of a type; with `where`, those with these details or for which the function returns true.
   *
   * @param type The type of the events.
   * @param where Details that they have, or a function.
   * @throws TypeError or RangeError for an unknown type.
   */
  of<Type extends ComEventType>(type: Type, where?: Where<Type>): ComEventOf<Type>[] {
    return this.#of('EventLog.of', type, where)
  }

  /**
   * The first call of a member, class or moniker ('wait' for waits); with `where`, the first that matches.
   *
   * @param name The member, or the function.
   * @param where Details that the call has, or a function.
   * @throws AssertionError with a list of the calls when there is none.
   */
  call(name: string | number, where?: Partial<CallRecord> | ((call: CallRecord) => boolean)): CallRecord {
    const method = 'EventLog.call'
    const meant = validate.member(method, name)
    const matches = matcher<CallRecord>(method, where)
    const { calls } = this
    const found = calls.find(call => sameName(call.name, meant) && matches(call))
    if (found) return found
    const lines = calls.map(
      ({ name, server, caller, outcome }) => `  ${subject(name, server)}, by thread ${caller}: ${outcome}`,
    )
    const like = where === undefined ? '' : ' like that'
    throw assertionFailure(
      `there was no call of ${subject(meant)}${like}. The calls were:\n${lines.join('\n') || '  (none)'}`,
      'call',
      this.call,
    )
  }

  /**
   * Asserts that a matching event was recorded, and returns the first.
   *
   * @param type The type of the event.
   * @param where Details that it has, or a function.
   * @throws AssertionError with the recorded events.
   */
  assertHappened<Type extends ComEventType>(type: Type, where?: Where<Type>): ComEventOf<Type> {
    const [found] = this.#of('EventLog.assertHappened', type, where)
    if (found) return found
    const others = where === undefined ? [] : this.#of('EventLog.assertHappened', type, undefined)
    const what =
      others.length > 0
        ? `${type} happened ${repeatedly(others.length)}, but none matches:\n${this.#listed(others)}\n\nAll that happened`
        : `${type} never happened. What happened`
    throw assertionFailure(`${what}:\n${this.#listed(this.events)}`, 'assertHappened', this.assertHappened)
  }

  /**
   * Asserts that no matching event was recorded.
   *
   * @param type The type of the event.
   * @param where Details that it has, or a function.
   * @throws AssertionError with the recorded events.
   */
  assertNever<Type extends ComEventType>(type: Type, where?: Where<Type>): void {
    const found = this.#of('EventLog.assertNever', type, where)
    if (found.length === 0) return
    throw assertionFailure(
      `${type} happened ${repeatedly(found.length)}, and was never to:\n${this.#listed(found)}\n\n` +
        `All that happened:\n${this.#listed(this.events)}`,
      'assertNever',
      this.assertNever,
    )
  }

  /**
   * Asserts that matching events were recorded in this order, with any events between them, and returns them.
   * A pattern is a type, or a type with details (`{ type: 'call:canceled', call }`).
   *
   * @param patterns Types of events, with details.
   * @throws AssertionError with the recorded events.
   */
  assertOrder(...patterns: readonly EventPattern[]): ComEvent[] {
    const method = 'EventLog.assertOrder'
    const { events } = this
    const found: ComEvent[] = []
    let from = 0
    for (const pattern of patterns) {
      const matches = patternMatcher(method, pattern)
      const at = events.findIndex((event, i) => i >= from && matches(event))
      const event = events[at]
      if (!event) {
        const missing = typeof pattern === 'string' ? pattern : JSON.stringify(pattern)
        const after = found.at(-1)
        const where = after ? ` after ${after.type} at ${(after.time - this.#start).toFixed(2)} ms` : ''
        throw assertionFailure(
          `step ${found.length + 1} of ${patterns.length}, ${missing}, never happened${where}. ` +
            `What happened:\n${this.#listed(events)}`,
          'assertOrder',
          this.assertOrder,
        )
      }
      found.push(event)
      from = at + 1
    }
    return found
  }

  /** The events as a Chrome trace: a JSON file of it opens in Perfetto and chrome://tracing. */
  toChromeTrace(): ChromeTrace {
    const { chromeTraceOf } = require('./picture/chrome-trace') as typeof import('./picture/chrome-trace')
    return chromeTraceOf(this.#timeline())
  }

  /**
   * The events as an SVG picture: threads as lanes, calls as bars. It has a text for screen readers.
   *
   * @param options Its width in pixels, colors (`theme`) and title.
   * @throws TypeError or RangeError for bad options.
   * @example
   * writeFileSync('calls.svg', log.toSvg({ width: 1600, theme: 'light' }))
   */
  toSvg(options?: PictureOptions): string {
    const { svgOf } = require('./picture/svg') as typeof import('./picture/svg')
    return svgOf(this.#timeline(), this.dropped, options)
  }

  /**
   * The events as a page of one HTML file, in which one can zoom, pan, and search the calls. It loads nothing.
   *
   * @param options Its colors (`theme`) and title.
   * @throws TypeError or RangeError for bad options.
   * @example
   * writeFileSync('calls.html', log.toHtml({ title: 'Monthly report' }))
   */
  toHtml(options?: PageOptions): string {
    const { htmlOf } = require('./picture/html') as typeof import('./picture/html')
    return htmlOf(this.#timeline(), this.dropped, options)
  }

  /** The events as text, one line for each event. */
  toString(): string {
    return listed(this.events, this.#start)
  }

  /** Stops recording. A second call does nothing. */
  [Symbol.dispose](): void {
    if (!this.#recording) return
    this.#stopped = this.#until
    this.#recording = false
    for (const type of eventTypes) channels[type].unsubscribe(this.#listen)
  }

  /** The end of the recording, in milliseconds of the last event's clock. */
  get #until(): number {
    const last = this.#ring[(this.#recorded - 1) % this.#limit]
    return this.#stopped ?? (last && Publisher.of(last)?.now()) ?? 0
  }

  get #start(): number {
    return this.events[0]?.time ?? 0
  }

  /** The drawing code is loaded when it is used. */
  #timeline(): Timeline {
    const { Timeline } = require('./picture/timeline') as typeof import('./picture/timeline')
    return new Timeline(this.events, this.#until)
  }

  #listed(events: readonly ComEvent[]): string {
    return listed(events, this.#start, SHOWN)
  }

  #of<Type extends ComEventType>(
    method: string,
    type: Type,
    where: Where<Type> | undefined,
  ): ComEventOf<Type>[] {
    checkedType(method, type)
    const matches = matcher<ComEventOf<Type>>(method, where)
    return this.events.filter(
      (event): event is ComEventOf<Type> => event.type === type && matches(event as ComEventOf<Type>),
    )
  }
}

/** Compares names without case, as COM does. */
const sameName = (one: string | number, other: string | number): boolean =>
  one === other || String(one).toLowerCase() === String(other).toLowerCase()

const repeatedly = (count: number): string => (count === 1 ? 'once' : `${count} times`)

const assertionFailure = (
  message: string,
  operator: string,
  stackStartFn: (...args: never[]) => unknown,
): AssertionError => new AssertionError({ message, operator, stackStartFn: stackStartFn as () => void })

/**
 * Records the events of all bindings of this JavaScript thread until the log is disposed.
 *
 * @param options The number of events to keep (`limit`).
 * @throws TypeError or RangeError for bad options.
 * @example
 * using log = record()
 */
export const record = (options?: RecordOptions): EventLog => EventLog.make('record', options)
