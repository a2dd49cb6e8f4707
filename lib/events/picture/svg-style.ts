// The style of the picture: colors for light and dark backgrounds, and the legend.
import { LABEL } from './labels'
import { element, Markup, textElement } from './markup'
import type { Theme } from './options'
import { textWidth } from './text-width'

/** The width of a sample in the legend. */
const SAMPLE = 29

const light = `
.page{fill:#ffffff}.band{fill:#ffffff}.odd{fill:#f6f8fa}.grid{stroke:#d8dee4}
.heading,.role,.beside{fill:#1f2328}.beside{stroke:#ffffff}.summary,.tick,.id,.key{fill:#59636e}
.arrow.call{stroke:#8c959f}.head.call{fill:#8c959f}.arrow.cancel{stroke:#cf222e}.head.cancel{fill:#cf222e}
.mark.cancel{fill:#cf222e;stroke:#ffffff}.mark.other{stroke:#59636e}.canceled-at{stroke:#cf222e}
.method.completed{fill:#ddf4ff;stroke:#0969da}.method.canceled{fill:#fff1d6;stroke:#b35900}
.method.failed{fill:#ffe0de;stroke:#b42318}.method.pending{fill:#eaeef2;stroke:#6e7781}
.name.method{fill:#1f2328}.cross{stroke:#8a3c00}.hatch{stroke:#b35900}`

const dark = `
.page{fill:#0d1117}.band{fill:#0d1117}.odd{fill:#151b23}.grid{stroke:#2a313c}
.heading,.role,.beside{fill:#f0f6fc}.beside{stroke:#0d1117}.summary,.tick,.id,.key{fill:#9198a1}
.arrow.call{stroke:#6e7681}.head.call{fill:#6e7681}.arrow.cancel{stroke:#ff6a69}.head.cancel{fill:#ff6a69}
.mark.cancel{fill:#ff6a69;stroke:#0d1117}.mark.other{stroke:#9198a1}.canceled-at{stroke:#ff6a69}
.method.completed{fill:#0c2d4f;stroke:#4493f8}.method.canceled{fill:#46290a;stroke:#e09b3d}
.method.failed{fill:#4c1512;stroke:#f5655c}.method.pending{fill:#262c36;stroke:#8b949e}
.name.method{fill:#f0f6fc}.cross{stroke:#ffb55c}.hatch{stroke:#e09b3d}`

const both = `
text{font:11px system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
.heading{font-size:15px;font-weight:600}.summary{font-size:12px}
.role{font-size:12px;font-weight:500}.id,.tick{font-variant-numeric:tabular-nums}
.grid{stroke-width:1}.edge.javascript{fill:#8250df}.edge.com-thread{fill:#218bff}.edge.server{fill:#2da44e}
.call.completed{fill:#0969da}.call.canceled{fill:#b35900}.call.failed{fill:#b42318}.call.pending{fill:#6e7781}
.name.call{fill:#ffffff}.method{stroke-width:1.2}.open{fill:url(#pending)}.dropped{fill:url(#dropped)}
.hatch{stroke-width:2;stroke-opacity:.45}.gap{stroke:#ffffff;stroke-width:3;stroke-opacity:.28}
.cross{fill:none;stroke-width:1.8;stroke-linecap:round}
.arrow{fill:none;stroke-width:1.2}.arrow.call{stroke-opacity:.9}.arrow.cancel{stroke-dasharray:4 3;stroke-width:1.4}
.mark.other{fill:none;stroke-width:1.6}.canceled-at{stroke-width:2}
.beside{paint-order:stroke;stroke-width:3;stroke-linejoin:round;stroke-opacity:.85}
.bar:hover rect{filter:brightness(1.15)}`

const head = (kind: 'call' | 'cancel'): Markup =>
  element(
    'marker',
    {
      id: `${kind}-head`,
      viewBox: '0 0 8 8',
      refX: 7,
      refY: 4,
      markerWidth: 7,
      markerHeight: 7,
      markerUnits: 'userSpaceOnUse',
      orient: 'auto',
    },
    element('path', { class: `head ${kind}`, d: 'M0 0.5L8 4L0 7.5z' }),
  )

const stripes = (id: string, className: string): Markup =>
  element(
    'pattern',
    { id, width: 7, height: 7, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' },
    element('path', { class: className, d: 'M0 0V7' }),
  )

const colors = { light, dark, auto: `${light}\n@media (prefers-color-scheme:dark){${dark}}` } as const

/** Rules by class name, because some viewers lack custom properties; light colors are the default. */
export const styleOf = (theme: Theme): Markup => new Markup(`<style>${both}${colors[theme]}\n</style>`)

/** The heads of arrows and the patterns of bars. */
export const definitions: Markup = element(
  'defs',
  {},
  head('call'),
  head('cancel'),
  stripes('pending', 'gap'),
  stripes('dropped', 'hatch'),
)

const keys: readonly { what: string; sample: (x: number, y: number) => readonly Markup[] }[] = [
  ...(['completed', 'canceled', 'failed', 'pending'] as const).map(outcome => ({
    what: `call ${outcome}`,
    sample: (x: number, y: number) => [
      element('rect', { class: `call ${outcome}`, x, y: y - 10, width: 20, height: 12, rx: 3 }),
      ...(outcome === 'pending'
        ? [element('rect', { class: 'open', x, y: y - 10, width: 20, height: 12, rx: 3 })]
        : []),
    ],
  })),
  {
    what: 'method in the server',
    sample: (x, y) => [
      element('rect', { class: 'method completed', x, y: y - 10, width: 20, height: 12, rx: 3 }),
    ],
  },
  {
    what: 'its reply dropped',
    sample: (x, y) => [
      element('rect', { class: 'method canceled', x, y: y - 10, width: 20, height: 12, rx: 3 }),
      element('rect', { class: 'dropped', x, y: y - 10, width: 20, height: 12, rx: 3 }),
      element('path', { class: 'cross', d: `M${x + 15} ${y - 8}l8 8m0-8l-8 8` }),
    ],
  },
  {
    what: 'call',
    sample: (x, y) => [
      element('path', { class: 'arrow call', d: `M${x} ${y - 4}h20`, 'marker-end': 'url(#call-head)' }),
    ],
  },
  {
    what: 'cancel',
    sample: (x, y) => [
      element('path', { class: 'mark cancel', d: `M${x + 2} ${y - 10}l6 6l-6 6l-6-6z` }),
      element('path', {
        class: 'arrow cancel',
        d: `M${x + 9} ${y - 4}h14`,
        'marker-end': 'url(#cancel-head)',
      }),
    ],
  },
  {
    what: 'canceled here',
    sample: (x, y) => [
      element('line', { class: 'canceled-at', x1: x + 12, x2: x + 12, y1: y - 12, y2: y + 4 }),
    ],
  },
]

/** The legend, in as many lines as the width needs, and the baseline of the last. */
export const legendOf = (left: number, top: number, width: number): { parts: Markup[]; bottom: number } => {
  let x = left
  let y = top
  const parts = keys.flatMap(({ what, sample }) => {
    const end = x + SAMPLE + textWidth(what, LABEL)
    if (end > width && x > left) {
      x = left
      y += 20
    }
    const key = [...sample(x, y), textElement(what, { class: 'key', x: x + SAMPLE, y })]
    x = Math.round(x + SAMPLE + textWidth(what, LABEL) + 20)
    return key
  })
  return { parts, bottom: y }
}
