// The options of pictures.
import * as validate from '../../errors/validate'

/** Colors for light or dark backgrounds; 'auto': as the viewer's system prefers. */
export type Theme = 'auto' | 'light' | 'dark'

/** Options of `EventLog.toHtml`. */
export interface PageOptions {
  /** Colors for light or dark backgrounds. Default 'auto': as the viewer's system prefers. */
  theme?: Theme | undefined
  /** The title. Default 'COM calls'. */
  title?: string | undefined
}

/** Options of `EventLog.toSvg`. */
export interface PictureOptions extends PageOptions {
  /** The width in pixels, 480 to 20000. Default 1280. The height follows from the threads and labels. */
  width?: number | undefined
}

export type PageSettings = { [Name in keyof PageOptions]-?: NonNullable<PageOptions[Name]> }
export type PictureSettings = { [Name in keyof PictureOptions]-?: NonNullable<PictureOptions[Name]> }

const pageOptions: validate.Keys<PageOptions> = { theme: true, title: true }
const pictureOptions: validate.Keys<PictureOptions> = { ...pageOptions, width: true }

const settingsOf = (where: string, { theme, title }: Partial<PageOptions>): PageSettings => ({
  theme: validate.oneOf(where, 'options.theme', theme ?? 'auto', ['auto', 'light', 'dark']),
  title: title === undefined ? 'COM calls' : validate.name(where, 'options.title', title),
})

/** Throws TypeError or RangeError. */
export const pageSettings = (where: string, options: PageOptions | undefined): PageSettings =>
  settingsOf(where, validate.options<PageOptions>(where, options, pageOptions))

/** Throws TypeError or RangeError. */
export const pictureSettings = (where: string, options: PictureOptions | undefined): PictureSettings => {
  const checked = validate.options<PictureOptions>(where, options, pictureOptions)
  const width = validate.between(where, 'options.width', checked.width ?? 1280, 480, 20_000)
  return { ...settingsOf(where, checked), width }
}
