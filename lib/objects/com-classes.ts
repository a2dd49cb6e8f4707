// The interfaces ComClasses and ComEvents, which programs extend with the interfaces of classes. Everything here is public.

declare global {
  /** ProgIDs and their interfaces, as packages of DefinitelyTyped (@types/activex-…) extend it. */
  interface ActiveXObjectNameMap {}
}

/**
 * ProgIDs and the interfaces of their objects, for `createObject` and `getActiveObject`. Extend it:
 *
 * @example
 * declare module 'com-cancel' {
 *   interface ComClasses { 'Prime.Calculator': Calculator }
 * }
 */
// biome-ignore lint/suspicious/noEmptyInterface: programs extend it.
export interface ComClasses {}

/**
 * ProgIDs and the event interfaces of their objects, for `connect` of objects whose interface is known. Each method is
 * an event. Extend it:
 *
 * @example
 * declare module 'com-cancel' {
 *   interface ComEvents { 'Prime.Calculator': { Found(n: number): void } }
 * }
 */
// biome-ignore lint/suspicious/noEmptyInterface: programs extend it.
export interface ComEvents {}

/**
 * The interface of the objects of a class: of `ComClasses`, or of the global ActiveXObjectNameMap; `any` for another.
 */
export type MembersOfClass<ProgId extends string> = ProgId extends keyof ComClasses
  ? ComClasses[ProgId]
  : ProgId extends keyof ActiveXObjectNameMap
    ? ActiveXObjectNameMap[ProgId]
    : // biome-ignore lint/suspicious/noExplicitAny: `any` is untyped, as everywhere in TypeScript.
      any
