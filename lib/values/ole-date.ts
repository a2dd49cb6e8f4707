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

/** 1973-01-01: since then the offset of every time zone has been in whole minutes. */
const WHOLE_MINUTES = 94_694_400_000

/** The local time, as if it were UTC: in UTC every day has 24 hours. */
const wallOf = (date: Date): number => {
  const time = date.getTime()
  if (time >= WHOLE_MINUTES) return time - date.getTimezoneOffset() * 60_000
  return Date.UTC(
    date.getFullYear(),
    date.getMonth(),
    date.getDate(),
    date.getHours(),
    date.getMinutes(),
    date.getSeconds(),
    date.getMilliseconds(),
  )
}

/**
 * The OLE date of the local time at a moment, to the millisecond. Throws RangeError for an invalid date and
 * outside the years 100 to 9999.
 */
export const toOleDate = (where: string, what: string, date: Date): number => {
  const wall = wallOf(date)
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
  const wall = (day - EPOCH) * DAY + Math.round(Math.abs(days - day) * DAY)
  const since = Math.floor(wall / DAY)
  const { year, month, dayOfMonth } = civilOf(since)
  const ms = wall - since * DAY
  const [hours, minutes, seconds] = [
    Math.floor(ms / 3_600_000),
    Math.floor(ms / 60_000) % 60,
    Math.floor(ms / 1000) % 60,
  ]
  return new Date(year, month, dayOfMonth, hours, minutes, seconds, ms % 1000)
}

/** The date of a day since 1970-01-01 in the Gregorian calendar, counted in 400 years that begin in March. */
const civilOf = (since: number): { year: number; month: number; dayOfMonth: number } => {
  const days = since + 719_468
  const era = Math.floor(days / 146_097)
  const ofEra = days - era * 146_097
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  )
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const fromMarch = Math.floor((5 * ofYear + 2) / 153)
  return {
    year: yearOfEra + era * 400 + (fromMarch >= 10 ? 1 : 0),
    month: (fromMarch + 2) % 12,
    dayOfMonth: ofYear - Math.floor((153 * fromMarch + 2) / 5) + 1,
  }
}

/** Checks an OLE date that is given as a number. */
export const oleDays = (where: string, what: string, days: number): number => {
  if (inRange(days)) return days
  throw new RangeError(`${where}: ${what} must be a date in the years 100 to 9999, got ${days} days`)
}
