// Collects uncaught exceptions in place of the test runner, which would fail the run.

/** The exceptions that nothing catches while `run` runs. */
export const uncaughtDuring = async (run: () => Promise<unknown>): Promise<unknown[]> => {
  const errors: unknown[] = []
  const before = process.listeners('uncaughtException')
  const collect = (error: unknown) => void errors.push(error)
  process.removeAllListeners('uncaughtException')
  process.on('uncaughtException', collect)
  try {
    await run()
    await new Promise(resolve => setImmediate(resolve))
  } finally {
    process.off('uncaughtException', collect)
    for (const each of before) process.on('uncaughtException', each)
  }
  return errors
}
