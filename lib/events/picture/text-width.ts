// Estimated widths of text, because a picture is laid out without the fonts that show it.

/** Widths of characters in ems, of the widest of the fonts that the style names: DejaVu Sans. */
const widthOf = (character: string): number => {
  if (/[\u1100-\uffe6\u{1f000}-\u{3ffff}]/u.test(character)) return 1
  if (/[ijlI.,:;'|!()[\]ft ]/.test(character)) return 0.37
  if (/[MWmw@%…—]/.test(character)) return 0.92
  if (/[\p{Lu}\d]/u.test(character)) return 0.67
  return 0.6
}

/** The width of text in pixels, at a font size in pixels. */
export const textWidth = (text: string, size: number): number => {
  let ems = 0
  for (const character of text) ems += widthOf(character)
  return ems * size
}

/** Text that is cut to a width; empty when less than three characters would be left. */
export const fitted = (text: string, width: number, size: number): string => {
  if (textWidth(text, size) <= width) return text
  const characters = [...text]
  let room = width - textWidth('…', size)
  let kept = 0
  for (const character of characters) {
    room -= textWidth(character, size)
    if (room < 0) break
    kept++
  }
  return kept < 3 ? '' : `${characters.slice(0, kept).join('')}…`
}
