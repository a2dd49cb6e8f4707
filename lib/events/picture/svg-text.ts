// SVG elements, with everything escaped that comes from elsewhere.

type Attributes = Readonly<Record<string, string | number>>

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** What XML has no character for: most control characters, halves of surrogate pairs. */
const unwritable = /[^\t\n\r\P{Cc}]|[\p{Cs}\ufffe\uffff]/gu

/** Text that XML can hold. */
export const escaped = (value: string): string =>
  value.replace(unwritable, '?').replace(/[&<>"']/g, character => entities[character] ?? character)

/** An element that was made here, and is put into others as it is. */
export class Markup {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  toString(): string {
    return this.#text
  }
}

/** Strings among the children are text. */
export const element = (
  name: string,
  attributes: Attributes,
  ...children: readonly (Markup | string)[]
): Markup => {
  const opening = Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${escaped(String(value))}"`)
    .join('')
  const content = children
    .map(child => (child instanceof Markup ? child.toString() : escaped(child)))
    .join('')
  return new Markup(content === '' ? `<${name}${opening}/>` : `<${name}${opening}>${content}</${name}>`)
}

export const textElement = (content: string, attributes: Attributes): Markup =>
  element('text', attributes, content)
