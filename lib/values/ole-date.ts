// Conversion of OLE dates: days since 1899-12-30, in local time.

const DAY = 86_400_000
/** The OLE date of 1970-01-01, JavaScript's epoch. */
const EPOCH = 25_569
/** 0100-01-01 and 9999-12-31: the first and last day of OLE dates. */
const FIRST = -657_434
const LAST = 2_958_465

/**
 * Whether an OLE date is in the years 100 to 9999. Before 1899-12-30 the fraction still counts forward from
 * its day.
 */
const inRange = (days: number): boolean => days > FIRST - 1 && days < LAST + 1

/**
 * The OLE date of the local time at a moment, to the millisecond. Throws RangeError for an invalid date and
 * outside the years 100 to 9999.
 */
export const toOleDate = (where: string, what: string, date: Date): number => {
  // The local time, as if it were UTC: in UTC every day has 24 hours.
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
  // Date.UTC treats the years 0 to 99 as 1900 to 1999.
  if (!(date.getFullYear() >= 100 && day <= LAST)) {
    const got = Number.isNaN(wall) ? 'an invalid date' : date.toISOString()
    throw new RangeError(`${where}: ${what} must be a date in the years 100 to 9999, got ${got}`)
  }
  const time = (wall - sinceEpoch * DAY) / DAY
  // Days before 1899-12-30 are negative but times are not: -1.25 is 1899-12-29 06:00.
  return day < 0 ? day - time : day + time
}

/**
 * The moment of an OLE date in local time, to the nearest millisecond: the first one of an hour that occurs
 * twice, an hour later for an hour that is skipped. An invalid Date outside the years 100 to 9999.
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

/** Checks an OLE date that is given as a number. */
export const oleDays = (where: string, what: string, days: number): number => {
  if (inRange(days)) return days
  throw new RangeError(`${where}: ${what} must be a date in the years 100 to 9999, got ${days} days`)
}
