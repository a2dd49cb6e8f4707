// Waiting for what happens on other threads: conditions are polled, with limits that a busy machine keeps.

/** Milliseconds; only what hangs takes so long, also on a busy machine. */
export const SOON = 60_000

/** Milliseconds of a call that a test cancels: one that returns sooner was canceled. */
export const LONG = 300_000

/** Milliseconds of a call that completes: long enough to find it pending, also on a busy machine. */
export const A_WHILE = 1_200

export const sleep = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

type Awaitable<T> = T | Promise<T>

/** Polls `get` until it returns neither null, undefined nor false. Rejects after `limit` milliseconds. */
export const until = async <T>(
  what: string,
  get: () => Awaitable<T | null | undefined | false>,
  limit = SOON,
): Promise<T> => {
  const end = performance.now() + limit
  for (;;) {
    const value = await get()
    if (value !== null && value !== undefined && value !== false) return value
    if (performance.now() > end) throw new Error(`after ${limit} ms it is still not so that ${what}`)
    await sleep(2)
  }
}

/** The value of a promise. Rejects after `limit` milliseconds. */
export const soon = async <T>(what: string, promise: Promise<T>, limit = SOON): Promise<T> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`after ${limit} ms it is still not so that ${what}`)), limit)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
