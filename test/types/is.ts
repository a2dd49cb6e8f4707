// The function `is`, with which the programs of this folder check a type.

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

/** Accepts a value whose type is Expected itself, not one that is assignable to it. */
export const is =
  <Expected>() =>
  <Got>(_value: Same<Got, Expected> extends true ? Got : never): void => {}
