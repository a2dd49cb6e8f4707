// How often a test repeats what it does: a few times in the gate, in full with `npm run test:long`.

/** Set by `npm run test:long`. */
export const isLongRun = process.env.COM_CANCEL_TEST_LONG === '1'

/** The first number in the gate, the second in the long run. */
export const repetitions = (few: number, many: number): number => (isLongRun ? many : few)
