// The interface ComClasses, which programs extend with the interfaces of classes. Everything here is public.

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
 * The interface of the objects of a class: of `ComClasses`, or of the global ActiveXObjectNameMap; `any` for another.
 */
export type MembersOfClass<ProgId extends string> = ProgId extends keyof ComClasses
  ? ComClasses[ProgId]
  : ProgId extends keyof ActiveXObjectNameMap
    ? ActiveXObjectNameMap[ProgId]
    : // biome-ignore lint/suspicious/noExplicitAny: `any` is untyped, as everywhere in TypeScript.
      any
