// The public face of the emulator: `com-cancel/emulator`.
/// <reference lib="esnext.disposable" preserve="true" />
export type {
  ClassDefinition,
  EventsDefinition,
  Method,
  MethodWithParameters,
  ObjectDefinition,
  Property,
} from './definition'
export { ActivationCall, EmulatedCall } from './emulated-call'
export { EmulatedObject } from './emulated-object'
export { type EmulatedThread, Emulator } from './emulator'
export type { EmulatorClock } from './emulator-clock'
export { type ExploreOptions, explore } from './explore'
export type { MessageFilter } from './message-filter'
export { ClassRegistration, type ServerCounts } from './registration'
export { RemoteObject } from './remote-object'
export type { RunOptions } from './run'
export type { ServerValue } from './server-values'
export type { Usage } from './workers/together'
