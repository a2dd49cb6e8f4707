// Types of the handlers of events, from an interface whose methods are the events.
import type { ComEvents, MembersOfClass } from './com-classes'
import type { ServerCall, ServerCallTypes } from './server-call'
import type { IsAny, MemberTypes, ResultOf, Same } from './typed-members'

// biome-ignore lint/suspicious/noExplicitAny: events without types.
type Untyped = any

/** The events in ComEvents of the ProgIDs whose objects have the interface Members. */
type FoundEvents<Members> = {
  [ProgId in keyof ComEvents]: Same<Members, MembersOfClass<ProgId & string>> extends true
    ? ComEvents[ProgId]
    : never
}[keyof ComEvents]

/** The event interface of objects with the interface Members, as ComEvents names it; `any` where it names none. */
export type EventsOf<Members> =
  IsAny<Members> extends true
    ? Untyped
    : [FoundEvents<Members>] extends [never]
      ? Untyped
      : FoundEvents<Members>

type HandledArguments<Event, Types extends MemberTypes> = Event extends (...args: infer Parameters) => unknown
  ? { [Index in keyof Parameters]: ResultOf<Parameters[Index], Types> }
  : never

/**
 * A handler for each method of Events; each can be left out. It gets the call, then arguments of the types that results
 * have.
 */
export type HandlersOf<Events, Types extends MemberTypes, Calls extends ServerCallTypes> = {
  readonly [Name in keyof Events]?: (
    call: ServerCall<Calls>,
    ...args: HandledArguments<Events[Name], Types>
  ) => unknown
}

/** T, which the compiler does not infer from here. */
export type NotInferred<T> = [T][T extends unknown ? 0 : never]
