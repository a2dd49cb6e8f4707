// Blocks: the numbers of an array as one typed array.
import { types } from 'node:util'
import type { ArrayVariant, Block, Cells, ScalarType, Variant, VariantType } from '../../binding'

/** The types of elements that travel in blocks. */
export type BlockType = Exclude<
  ScalarType,
  'empty' | 'null' | 'missing' | 'bool' | 'decimal' | 'bstr' | 'dispatch' | 'unknown'
>

interface BlockClass {
  new (length: number): Block
  new (buffer: ArrayBufferLike, byteOffset?: number, length?: number): Block
}

const classes: Readonly<Record<BlockType, BlockClass>> = {
  i1: Int8Array,
  ui1: Uint8Array,
  i2: Int16Array,
  ui2: Uint16Array,
  i4: Int32Array,
  ui4: Uint32Array,
  int: Int32Array,
  uint: Uint32Array,
  i8: BigInt64Array,
  ui8: BigUint64Array,
  r4: Float32Array,
  r8: Float64Array,
  cy: BigInt64Array,
  date: Float64Array,
  error: Int32Array,
}

/** The types of blocks by the name of a typed array's class. */
const ofTypedArrays = new Map<string, BlockType>([
  ['Int8Array', 'i1'],
  ['Uint8Array', 'ui1'],
  ['Uint8ClampedArray', 'ui1'],
  ['Int16Array', 'i2'],
  ['Uint16Array', 'ui2'],
  ['Int32Array', 'i4'],
  ['Uint32Array', 'ui4'],
  ['Float32Array', 'r4'],
  ['Float64Array', 'r8'],
  ['BigInt64Array', 'i8'],
  ['BigUint64Array', 'ui8'],
])

export const isBlockType = (element: VariantType): element is BlockType => Object.hasOwn(classes, element)

export const isBlock = (elements: ArrayVariant['elements']): elements is Block => ArrayBuffer.isView(elements)

export const isCells = (elements: ArrayVariant['elements']): elements is Cells =>
  !Array.isArray(elements) && !ArrayBuffer.isView(elements)

/** The number of elements. */
export const lengthOf = (elements: ArrayVariant['elements']): number =>
  isCells(elements) ? elements.types.length : elements.length

/** A new block of zeros. */
export const newBlock = (element: BlockType, length: number): Block => new classes[element](length)

/**
 * The block of a typed array or buffer, with its type; undefined for other values. It is a view of the same memory,
 * but a copy of memory that other threads share.
 */
export const blockOf = (value: unknown): { element: BlockType; block: Block } | undefined => {
  if (types.isAnyArrayBuffer(value)) return blockOf(new Uint8Array(value))
  if (!types.isTypedArray(value)) return undefined
  const element = ofTypedArrays.get(value[Symbol.toStringTag])
  if (!element) return undefined
  // Neither a Buffer, whose `slice` does not copy, nor clamped.
  const block = new classes[element](value.buffer, value.byteOffset, value.length)
  return { element, block: types.isSharedArrayBuffer(value.buffer) ? block.slice() : block }
}

/** Replaces each block in a VARIANT by a copy, so that the program may change its typed arrays. */
export const copyBlocks = (variant: Variant): void => {
  if (variant.type !== 'array') return
  const { element, elements } = variant
  if (isBlock(elements)) variant.elements = elements.slice()
  else if (element === 'variant')
    for (const each of isCells(elements) ? elements.others : elements) copyBlocks(each as Variant)
}
