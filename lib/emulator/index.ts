// The public API of the emulator: `com-cancel/emulator`.
/// <reference lib="esnext.disposable" preserve="true" />

export type { MessageFilter } from './apartments/message-filter'
export type { EmulatorClock } from './clock/emulator-clock'
export { type EmulatedThread, Emulator } from './emulator'
export { type ExploreOptions, explore } from './explore'
export type { RunOptions } from './run'
export {
  type BusyOptions,
  ClassRegistration,
  type CrashOptions,
  type ServerCounts,
} from './servers/class-registration'
export type {
  ClassDefinition,
  EventsDefinition,
  Method,
  MethodWithParameters,
  ObjectDefinition,
  Property,
} from './servers/definition'
export { ActivationCall, EmulatedCall } from './servers/emulated-call'
export { EmulatedObject } from './servers/emulated-object'
export type { HostProcesses, RunningHost } from './servers/host-processes'
export {
  EmulatedInterface,
  type EmulatedInterfaceOptions,
  emulatedInterface,
  type InterfaceHandlers,
} from './servers/interfaces'
export type { OwnObject } from './servers/own-object'
export { RemoteObject, type RemoteSetOptions, type ServerValue } from './servers/remote-object'
export type { Usage } from './workers/shared-com'
