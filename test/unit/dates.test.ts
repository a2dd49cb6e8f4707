// Dates as OLE counts them, in several time zones.
import { createRequire } from 'node:module'
import { afterEach, describe, expect, it } from 'vitest'

const { fromOleDate, toOleDate } = createRequire(import.meta.url)(
  '../../dist/values/ole-date.js',
) as typeof import('../../dist/values/ole-date.js')

const to = (date: Date): number => toOleDate('test', 'value', date)
const zone = process.env.TZ

afterEach(() => {
  if (zone === undefined) delete process.env.TZ
  else process.env.TZ = zone
})

const zones = [
  'UTC',
  'America/New_York',
  'Europe/Berlin',
  'Asia/Kolkata',
  'Pacific/Apia',
  'Australia/Lord_Howe',
]

describe.each(zones)('in %s', name => {
  it.each([
    [0, 1899, 11, 30, 0, 0, 0, 0],
    [0.25, 1899, 11, 30, 6, 0, 0, 0],
    [-1, 1899, 11, 29, 0, 0, 0, 0],
    [-1.25, 1899, 11, 29, 6, 0, 0, 0],
    [-1.75, 1899, 11, 29, 18, 0, 0, 0],
    [1, 1899, 11, 31, 0, 0, 0, 0],
    [2, 1900, 0, 1, 0, 0, 0, 0],
    [35065.5, 1996, 0, 1, 12, 0, 0, 0],
    [-657434, 100, 0, 1, 0, 0, 0, 0],
    [2958465, 9999, 11, 31, 0, 0, 0, 0],
  ])('%d is the same day in every time zone', (days, ...parts) => {
    process.env.TZ = name
    const [year, month, day, hours, minutes, seconds, ms] = parts
    const date = new Date(year, month, day, hours, minutes, seconds, ms)
    expect(to(date)).toBe(days)
    expect(fromOleDate(days).getTime()).toBe(date.getTime())
  })

  it('every millisecond of the years 100 to 9999 comes back', () => {
    process.env.TZ = name
    const first = new Date(100, 0, 1).getTime()
    const last = new Date(9999, 11, 31, 23, 59, 59, 999).getTime()
    let seed = 42
    const random = () => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0
      return seed / 2 ** 32
    }
    const moments = [first, first + 1, last - 1, last, -1, 0, 1]
    for (let i = 0; i < 50_000; i++) moments.push(Math.floor(first + random() * (last - first)))
    for (let ms = 0; ms < 5000; ms++)
      moments.push(new Date(1899, 11, 29, 23, 59, 57, 500).getTime() + ms, first + ms, last - ms)
    for (const moment of moments) {
      const date = new Date(moment)
      const back = fromOleDate(to(date))
      // An hour that a clock shows twice comes back as the first of the two.
      const same = back.getTime() === moment || back.toString().slice(0, 24) === date.toString().slice(0, 24)
      if (!same) expect(back.toISOString()).toBe(date.toISOString())
      expect(back.getMilliseconds()).toBe(date.getMilliseconds())
    }
  })
})

it('a local time that occurs twice is the first one', () => {
  process.env.TZ = 'America/New_York'
  const second = new Date('2024-11-03T06:30:00.123Z')
  expect(fromOleDate(to(second)).toISOString()).toBe('2024-11-03T05:30:00.123Z')
})

it('a local time that is skipped is an hour later', () => {
  process.env.TZ = 'America/New_York'
  const days = to(new Date(2024, 2, 10, 1, 30)) + 1 / 24
  expect(fromOleDate(days).toISOString()).toBe('2024-03-10T07:30:00.000Z')
})

it('rounds to the nearest millisecond, over midnight as well', () => {
  process.env.TZ = 'UTC'
  expect(fromOleDate(1 + 0.4 / 86_400_000).toISOString()).toBe('1899-12-31T00:00:00.000Z')
  expect(fromOleDate(2 - 1e-12).toISOString()).toBe('1900-01-01T00:00:00.000Z')
  expect(fromOleDate(-1.999999999999).toISOString()).toBe('1899-12-30T00:00:00.000Z')
})

it('a fraction of the first day has no sign', () => {
  process.env.TZ = 'UTC'
  expect(fromOleDate(-0.25).toISOString()).toBe('1899-12-30T06:00:00.000Z')
})

it.each([
  ['a year too many', new Date(10_000, 0, 1)],
  ['the year before', new Date(99_999, 0, 1)],
  ['year 99', new Date(new Date(99, 0, 1).setFullYear(99))],
  ['year 50', new Date(new Date(50, 0, 1).setFullYear(50))],
  ['before our time', new Date(-10, 0, 1)],
])('%s is out of range', (_, date) => {
  expect(() => to(date)).toThrow(RangeError)
  expect(() => to(date)).toThrow(
    `test: value must be a date in the years 100 to 9999, got ${date.toISOString()}`,
  )
})

it('an invalid date is out of range', () => {
  expect(() => to(new Date(Number.NaN))).toThrow(
    new RangeError('test: value must be a date in the years 100 to 9999, got an invalid date'),
  )
})

it.each([Number.NaN, Number.POSITIVE_INFINITY, -657_435, 2_958_466])('%d days are an invalid date', days => {
  expect(fromOleDate(days).getTime()).toBeNaN()
})

it('the last day ends in the year after it by rounding only', () => {
  process.env.TZ = 'UTC'
  expect(fromOleDate(-657_434.75).toISOString()).toBe('0100-01-01T18:00:00.000Z')
  expect(fromOleDate(2_958_465.75).toISOString()).toBe('9999-12-31T18:00:00.000Z')
})
