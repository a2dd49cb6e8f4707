// Dates as OLE counts them: days since 1899-12-30, in local wall time.

const DAY = 86_400_000
/** 1970-01-01, where JavaScript begins to count. */
const EPOCH = 25_569
/** 0100-01-01 and 9999-12-31: what OLE's dates span. */
const FIRST = -657_434
const LAST = 2_958_465

/** An OLE date within the years 100 to 9999. Before 1899-12-30 the fraction counts on from its day all the same. */
const inRange = (days: number): boolean => days > FIRST - 1 && days < LAST + 1

/**
 * The OLE date of what a local clock shows at that moment, to the millisecond. Throws RangeError for an
 * invalid date and outside the years 100 to 9999.
 */
export const toOleDate = (where: string, what: string, date: Date): number => {
  // A clock's reading, laid out as if it were UTC: every day has 24 hours there.
  const wall = Date.UTC(
    date.getFullYear(),
    date.getMonth(),
    date.getDate(),
    date.getHours(),
    date.getMinutes(),
    date.getSeconds(),
    date.getMilliseconds(),
  )
  const sinceEpoch = Math.floor(wall / DAY)
  const day = sinceEpoch + EPOCH
  // Date.UTC takes the years 0 to 99 for 1900 to 1999.
  if (!(date.getFullYear() >= 100 && day <= LAST)) {
    const got = Number.isNaN(wall) ? 'an invalid date' : date.toISOString()
    throw new RangeError(`${where}: ${what} must be a date in the years 100 to 9999, got ${got}`)
  }
  const time = (wall - sinceEpoch * DAY) / DAY
  // Days before the first one are negative but their times are not: -1.25 is 1899-12-29 06:00.
  return day < 0 ? day - time : day + time
}

/**
 * The moment when a local clock shows an OLE date, to the nearest millisecond. Of an hour that a clock shows
 * twice it is the first; one that it skips is an hour later. An invalid Date outside the years 100 to 9999.
 */
export const fromOleDate = (days: number): Date => {
  if (!inRange(days)) return new Date(Number.NaN)
  const day = Math.trunc(days)
  const wall = new Date((day - EPOCH) * DAY + Math.round(Math.abs(days - day) * DAY))
  return new Date(
    wall.getUTCFullYear(),
    wall.getUTCMonth(),
    wall.getUTCDate(),
    wall.getUTCHours(),
    wall.getUTCMinutes(),
    wall.getUTCSeconds(),
    wall.getUTCMilliseconds(),
  )
}

/** An OLE date given as a number. */
export const oleDays = (where: string, what: string, days: number): number => {
  if (inRange(days)) return days
  throw new RangeError(`${where}: ${what} must be a date in the years 100 to 9999, got ${days} days`)
}
