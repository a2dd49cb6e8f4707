// Seeing what happened: what the package shows of its events.

export { EventLog, type RecordOptions, record } from './event-log'
export type { ChromeTrace, TraceEvent } from './picture/chrome-trace'
export type {
  CallId,
  CancelFunction,
  ComEvent,
  ComEventOf,
  ComEventType,
  EventDetails,
  OperationName,
} from './publish/event'
export type { CallRecord, CallTimes } from './record/call-records'
export type { EventPattern, Where } from './record/matching'
