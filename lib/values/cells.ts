// Cells: the VARIANTs of a large array in blocks, written and read.
import type { Cells, ScalarType, ScalarValue, Variant } from '../../binding'

/** Arrays of VARIANTs of at least this length travel as Cells. */
export const CELLS_FROM = 1024

/** The types of scalars; the code of a type in Cells is its position. */
export const scalarTypes: readonly ScalarType[] = [
  'empty',
  'null',
  'missing',
  'bool',
  'i1',
  'ui1',
  'i2',
  'ui2',
  'i4',
  'ui4',
  'int',
  'uint',
  'i8',
  'ui8',
  'r4',
  'r8',
  'cy',
  'decimal',
  'date',
  'bstr',
  'error',
  'dispatch',
  'unknown',
]

/** The codes of types in Cells. */
export const Code = {
  empty: 0,
  null: 1,
  missing: 2,
  bool: 3,
  i1: 4,
  ui1: 5,
  i2: 6,
  ui2: 7,
  i4: 8,
  ui4: 9,
  int: 10,
  uint: 11,
  i8: 12,
  ui8: 13,
  r4: 14,
  r8: 15,
  cy: 16,
  date: 18,
  bstr: 19,
  error: 20,
  other: 255,
} as const

/** Whether the values of a type are numbers, and what its slots hold. */
export const isNumeric = (code: number): boolean =>
  (code >= Code.i1 && code <= Code.uint) || code === Code.r4 || code === Code.r8

const codes = Code as Partial<Record<ScalarType | 'array', number>>

/** The length of a NULL BSTR. */
export const NULL_TEXT = 0xffffffff

/** The slots of Cells as what they hold. */
export const slotViews = ({ slots: { buffer, byteOffset, length } }: Pick<Cells, 'slots'>) => ({
  words: new Uint32Array(buffer, byteOffset, 2 * length),
  signed: new BigInt64Array(buffer, byteOffset, length),
  unsigned: new BigUint64Array(buffer, byteOffset, length),
})

/** Writes Cells. */
export class CellWriter {
  readonly #types: Uint8Array
  readonly #slots: Float64Array
  readonly #words: Uint32Array
  readonly #signed: BigInt64Array
  readonly #unsigned: BigUint64Array
  readonly #others: Variant[] = []
  /** Joined texts, and those that are not joined yet. */
  readonly #joined: string[] = []
  #texts: string[] = []
  #length = 0
  #ascii = true

  constructor(count: number) {
    this.#types = new Uint8Array(count)
    this.#slots = new Float64Array(count)
    const { words, signed, unsigned } = slotViews({ slots: this.#slots })
    this.#words = words
    this.#signed = signed
    this.#unsigned = unsigned
  }

  /**
   * Writes the elements `from` to `to` of a row whose first element is at `first`. `convert` makes the Variant of a
   * value that has no slot.
   */
  write(
    row: ArrayLike<unknown>,
    { first, from, to }: { first: number; from: number; to: number },
    convert: (value: unknown, index: number) => Variant,
  ): void {
    const slots = this.#slots
    const types = this.#types
    for (let i = from; i < to; i++) {
      const value = row[i]
      const index = first + i
      if (typeof value === 'number') {
        types[index] = Object.is(value | 0, value) ? Code.i4 : Code.r8
        slots[index] = value
      } else if (typeof value === 'string') this.#text(index, value)
      else if (typeof value === 'boolean') this.#number(index, Code.bool, value ? 1 : 0)
      // A slot is Code.empty from the beginning.
      else if (value === null) types[index] = Code.null
      else if (value !== undefined) this.#variant(index, convert(value, index))
    }
    if (this.#texts.length > 0) this.#join()
  }

  #join(): void {
    const text = this.#texts.join('')
    this.#texts = []
    this.#joined.push(text)
    // A text of ASCII has as many bytes as characters.
    this.#ascii &&= Buffer.byteLength(text) === text.length
  }

  #number(index: number, code: number, value: number): void {
    this.#types[index] = code
    this.#slots[index] = value
  }

  #text(index: number, value: string): void {
    this.#types[index] = Code.bstr
    this.#words[2 * index] = this.#length
    this.#words[2 * index + 1] = value.length
    this.#length += value.length
    this.#texts.push(value)
  }

  #variant(index: number, variant: Variant): void {
    const value = variant.type === 'array' ? undefined : variant.value
    const code = codes[variant.type]
    if (code === undefined || variant.byRef) this.#other(index, variant)
    else if (typeof value === 'string') this.#text(index, value)
    else this.#scalar(index, code, value)
  }

  #scalar(index: number, code: number, value: ScalarValue): void {
    this.#types[index] = code
    if (typeof value === 'bigint') (code === Code.ui8 ? this.#unsigned : this.#signed)[index] = value
    else if (code === Code.bstr) this.#words[2 * index + 1] = NULL_TEXT
    else this.#slots[index] = Number(value ?? 0)
  }

  #other(index: number, variant: Variant): void {
    this.#number(index, Code.other, this.#others.length)
    this.#others.push(variant)
  }

  /** Throws RangeError when the text is longer than its offsets can tell. */
  end(where: string, place: () => string): Cells {
    const length = this.#length
    if (length >= NULL_TEXT)
      throw new RangeError(`${where}: ${place()} holds more than ${NULL_TEXT - 1} characters of text`)
    const ascii = this.#ascii
    const text = ascii ? new Uint8Array(length) : new Uint16Array(length)
    const bytes = Buffer.from(text.buffer)
    let at = 0
    for (const each of this.#joined) at += bytes.write(each, at, ascii ? 'latin1' : 'utf16le')
    return { types: this.#types, slots: this.#slots, text, others: this.#others }
  }
}

/** The characters that are decoded at once. Strings of the result may keep as many alive. */
const WINDOW = 1024

/** Reads the strings of Cells, fastest in their order. */
export class TextReader {
  readonly #bytes: Buffer
  readonly #encoding: 'latin1' | 'utf16le'
  readonly #size: number
  #from = 0
  #to = 0
  #window = ''

  constructor({ text }: Cells) {
    this.#bytes = Buffer.from(text.buffer, text.byteOffset, text.byteLength)
    this.#encoding = text instanceof Uint8Array ? 'latin1' : 'utf16le'
    this.#size = text.BYTES_PER_ELEMENT
  }

  at(start: number, length: number): string {
    const end = start + length
    if (start < this.#from || end > this.#to) {
      if (length > WINDOW / 4) return this.#decode(start, end)
      this.#from = start
      this.#to = Math.min(start + WINDOW, this.#bytes.length / this.#size)
      this.#window = this.#decode(this.#from, this.#to)
    }
    return this.#window.substring(start - this.#from, end - this.#from)
  }

  #decode(from: number, to: number): string {
    return this.#bytes.toString(this.#encoding, from * this.#size, to * this.#size)
  }
}
