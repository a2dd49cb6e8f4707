// Seeing what happened: what the package shows of its events.
export type { CallRecord, CallTimes } from './calls'
export type { ChromeTrace, TraceEvent } from './chrome-trace'
export type {
  CallId,
  CancelFunction,
  ComEvent,
  ComEventOf,
  ComEventType,
  EventDetails,
  Operation,
} from './event'
export { EventLog, type RecordOptions, record } from './event-log'
export type { EventPattern, Where } from './matching'
