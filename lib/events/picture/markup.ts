// Elements of SVG and HTML with escaped text and attributes.

export type Attributes = Readonly<Record<string, string | number>>

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Characters that XML does not allow: most control characters, and unpaired surrogates. */
const unwritable = /[^\t\n\r\P{Cc}]|[\p{Cs}\ufffe\uffff]/gu

/** Text without the characters that XML does not allow. */
export const escaped = (value: string): string =>
  value.replace(unwritable, '?').replace(/[&<>"']/g, character => entities[character] ?? character)

/** The markup of an element, which is not escaped again. */
export class Markup {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  toString(): string {
    return this.#text
  }
}

const attributesText = (attributes: Attributes): string =>
  Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${escaped(String(value))}"`)
    .join('')

const contentOf = (children: readonly (Markup | string)[]): string =>
  children.map(child => (child instanceof Markup ? child.toString() : escaped(child))).join('')

/** Makes an element of SVG, or one of HTML that has no content. Strings among the children are text. */
export const element = (
  name: string,
  attributes: Attributes,
  ...children: readonly (Markup | string)[]
): Markup => {
  const opening = attributesText(attributes)
  const content = contentOf(children)
  return new Markup(content === '' ? `<${name}${opening}/>` : `<${name}${opening}>${content}</${name}>`)
}

/** Makes an element of HTML that has an end tag, also without content. */
export const htmlElement = (
  name: string,
  attributes: Attributes,
  ...children: readonly (Markup | string)[]
): Markup => new Markup(`<${name}${attributesText(attributes)}>${contentOf(children)}</${name}>`)

export const textElement = (content: string, attributes: Attributes): Markup =>
  element('text', attributes, content)
