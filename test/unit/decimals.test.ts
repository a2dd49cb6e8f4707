// ComDecimal: exact, in both of its kinds.
import { ComDecimal } from 'com-cancel'
import { describe, expect, it } from 'vitest'

const bad = <T>(value: unknown): T => value as T

describe('decimals', () => {
  it.each([
    ['0', '0', 0n, 0, false],
    ['12.50', '12.50', 1250n, 2, false],
    ['-12.5', '-12.5', 125n, 1, true],
    ['+1', '1', 1n, 0, false],
    ['.5', '0.5', 5n, 1, false],
    ['5.', '5', 5n, 0, false],
    ['1e3', '1000', 1000n, 0, false],
    ['-1.5E-3', '-0.0015', 15n, 4, true],
    ['-0', '0', 0n, 0, true],
    ['0.0000000000000000000000000001', '0.0000000000000000000000000001', 1n, 28, false],
    ['79228162514264337593543950335', '79228162514264337593543950335', 2n ** 96n - 1n, 0, false],
    ['1.00000000000000000000000000000000', '1.0000000000000000000000000000', 10n ** 28n, 28, false],
  ])('%s', (text, shown, digits, scale, negative) => {
    const decimal = ComDecimal.from(text)
    expect(decimal.toString()).toBe(shown)
    expect(decimal).toMatchObject({ kind: 'decimal', digits, scale, negative })
  })

  it('of numbers, as JavaScript writes them', () => {
    expect(ComDecimal.from(0.1).toString()).toBe('0.1')
    expect(ComDecimal.from(1e21).toString()).toBe('1000000000000000000000')
    expect(ComDecimal.from(1e-7).toString()).toBe('0.0000001')
    expect(ComDecimal.from(-(2n ** 64n)).toString()).toBe('-18446744073709551616')
    expect(ComDecimal.from('0.1').toNumber()).toBe(0.1)
    expect(JSON.stringify({ price: ComDecimal.from('1.10') })).toBe('{"price":"1.10"}')
  })

  it.each([
    '79228162514264337593543950336',
    '0.00000000000000000000000000001',
    '1e29',
    '',
    '.',
    '1,5',
    'e5',
    '1e',
    '0x10',
    ' 1',
    'NaN',
    '1e9999',
    '9'.repeat(300),
    Number.NaN,
    Number.POSITIVE_INFINITY,
    1e300,
  ])('%s does not fit', value => {
    expect(() => ComDecimal.from(value)).toThrow(RangeError)
    expect(() => ComDecimal.from(value)).toThrow('ComDecimal.from: value must be a number that fits 96 bits')
  })
})

describe('currencies', () => {
  it.each([
    ['1.5', '1.5', 15_000n],
    ['-0.0001', '-0.0001', 1n],
    ['100', '100', 1_000_000n],
    ['922337203685477.5807', '922337203685477.5807', 2n ** 63n - 1n],
    ['-922337203685477.5808', '-922337203685477.5808', 2n ** 63n],
    ['1.230000', '1.23', 12_300n],
  ])('%s', (text, shown, digits) => {
    const currency = ComDecimal.from(text, 'currency')
    expect(currency.toString()).toBe(shown)
    expect(currency).toMatchObject({ kind: 'currency', digits, scale: 4 })
  })

  it.each(['0.00001', '922337203685477.5808', '-922337203685477.5809', 'abc', 0.1 + 0.2])(
    '%s does not fit',
    value => {
      expect(() => ComDecimal.from(value, 'currency')).toThrow(RangeError)
    },
  )

  it('of a decimal and back', () => {
    const currency = ComDecimal.from(ComDecimal.from('12.50'), 'currency')
    expect(currency.digits).toBe(125_000n)
    expect(ComDecimal.from(currency).toString()).toBe('12.5')
    expect(ComDecimal.from(currency, 'currency')).toBe(currency)
    expect(() => ComDecimal.from(ComDecimal.from('0.00001'), 'currency')).toThrow('got 0.00001')
  })
})

it('refuses what is no number', () => {
  expect(() => ComDecimal.from(bad(null))).toThrow(
    new TypeError('ComDecimal.from: value must be a number, bigint, string or ComDecimal, got null'),
  )
  expect(() => ComDecimal.from('1', bad('money'))).toThrow(RangeError)
})
