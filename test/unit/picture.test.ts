// The pictures of an event log: labels and options of toSvg, and the page that toHtml makes, with its script.
import { createHash } from 'node:crypto'
import { type ComEvent, type PageOptions, type PictureOptions, record } from 'com-cancel'
import { parseHTML } from 'linkedom'
import { describe, expect, it } from 'vitest'
import { htmlOf } from '../../dist/events/picture/html.js'
import type { PageElement } from '../../dist/events/picture/page-script.js'
import { svgOf } from '../../dist/events/picture/svg.js'
import { textWidth } from '../../dist/events/picture/text-width.js'
import { Timeline } from '../../dist/events/picture/timeline.js'
import { thrown } from '../support/errors'

const native = { binding: 'native' } as const

/** A call of a thread from one time to another, in the events of the addon. */
const call = (job: number, name: string, from: number, to: number, threadId = 8, hresult = 0): ComEvent[] => [
  { ...native, type: 'job:queued', threadId, time: from, job, operation: 'invoke', name, from: 4 },
  { ...native, type: 'job:ended', threadId, time: to, job, hresult },
]

const drawn = (events: ComEvent[], options?: PictureOptions) => {
  const { document } = parseHTML(svgOf(new Timeline(events), 0, options))
  return document
}

/** The labels of bars: their texts and horizontal extents, by the lines in which they are. */
const labels = (events: ComEvent[], options?: PictureOptions) =>
  [...drawn(events, options).querySelectorAll('.bar text')].map(text => {
    const x = Number(text.getAttribute('x'))
    const shown = text.textContent ?? ''
    return { text: shown, y: Number(text.getAttribute('y')), x, end: x + textWidth(shown, 11) }
  })

describe('labels of the picture', () => {
  const many = Array.from({ length: 60 }, (_, i) =>
    call(
      i + 1,
      ['Open', 'CalculateFullRebuild', 'Save', 'Évaluer 计算'][i % 4] ?? '',
      i * i,
      (i + 1) ** 2 - i / 2,
    ),
  ).flat()

  it.each([480, 1280, 4000])('do not overlap in a picture of %d pixels, nor leave it', width => {
    const all = labels(many, { width })
    expect(all.length).toBeGreaterThan(10)
    for (const one of all) {
      expect(one.end).toBeLessThanOrEqual(width)
      for (const other of all)
        if (one !== other && one.y === other.y && one.x <= other.x) expect(one.end).toBeLessThan(other.x)
    }
  })

  it('of short bars are kept: beside the bar, or below it, equal ones together', () => {
    const short = [
      ...call(1, 'Open', 0, 1),
      ...call(2, 'Save', 1, 2),
      ...call(3, 'Save', 2, 3),
      ...call(4, 'Close', 3, 4),
      ...call(5, 'Quit', 900, 1000),
    ]
    const all = labels(short)
    expect(all.map(({ text }) => text).toSorted()).toEqual(['Close', 'Open', 'Quit', 'Save ×2'])
    const line = (text: string) => all.find(each => each.text === text)?.y ?? 0
    expect(line('Close')).toBe(line('Quit'))
    expect(line('Open')).toBeGreaterThan(line('Quit'))
  })

  it('are cut between characters, not in them', () => {
    const text = '😀'.repeat(40)
    const all = labels([...call(1, text, 0, 10), ...call(2, 'b', 10, 60)])
    expect(all.find(each => each.text.includes('…'))?.text).toMatch(/^(😀)+…$/u)
  })
})

describe('the picture for readers', () => {
  const events = [...call(1, 'Open', 0, 10), ...call(2, 'Save', 10, 30, 8, 0x80020009 | 0)]

  it('has a name and a description, and a text for each bar', () => {
    const document = drawn(events, { title: 'a <report>' })
    const svg = document.querySelector('svg')
    expect(svg?.getAttribute('role')).toBe('graphics-document document')
    expect(document.querySelector(`#${svg?.getAttribute('aria-labelledby')}`)?.textContent).toBe('a <report>')
    expect(document.querySelector(`#${svg?.getAttribute('aria-describedby')}`)?.textContent).toMatch(
      /^2 threads · 2 calls \(1 completed, 1 failed\) · 30 ms$/,
    )
    const bars = [...document.querySelectorAll('.bar')]
    expect(bars.map(bar => bar.getAttribute('role'))).toEqual(['img', 'img'])
    expect(bars.map(bar => bar.getAttribute('aria-label'))).toEqual([
      expect.stringMatching(/^Open: completed, 10 ms; thread 8 calls Open; .*returned S_OK/),
      expect.stringMatching(/^Save: failed, 20 ms; .*returned DISP_E_EXCEPTION/),
    ])
  })

  it.each(['auto', 'light', 'dark'] as const)('has the colors of the theme %s', theme => {
    const style = drawn(events, { theme }).querySelector('style')?.textContent ?? ''
    expect(style.includes('prefers-color-scheme:dark')).toBe(theme === 'auto')
    expect(style.includes('.page{fill:#ffffff}')).toBe(theme !== 'dark')
    expect(style.includes('.page{fill:#0d1117}')).toBe(theme !== 'light')
  })

  it('has the width it was asked for, and what is in it', () => {
    for (const width of [480, 3000]) {
      const document = drawn(events, { width })
      expect(document.querySelector('svg')?.getAttribute('width')).toBe(String(width))
      for (const rect of document.querySelectorAll('.bar rect'))
        expect(Number(rect.getAttribute('x')) + Number(rect.getAttribute('width'))).toBeLessThan(width)
      for (const key of document.querySelectorAll('text.key'))
        expect(Number(key.getAttribute('x')) + textWidth(key.textContent ?? '', 11)).toBeLessThanOrEqual(
          width,
        )
    }
  })
})

describe('bad options', () => {
  it.each<[string, unknown, typeof TypeError | typeof RangeError]>([
    ['options must be an object', 5, TypeError],
    ['options must not have "widht"; did you mean width?', { widht: 5 }, TypeError],
    ['options.width must be an integer from 480 to 20000', { width: '5' }, TypeError],
    ['options.width must be an integer from 480 to 20000', { width: Number.NaN }, RangeError],
    ['options.width must be an integer from 480 to 20000', { width: -1 }, RangeError],
    ["options.theme must be 'auto' or 'light' or 'dark'", { theme: 'blue' }, RangeError],
    ['options.title must be a string', { title: 5 }, TypeError],
  ])('toSvg: %s (%j)', (expected, options, type) => {
    using log = record()
    const error = thrown(() => log.toSvg(options as PictureOptions))
    expect(error).toBeInstanceOf(type)
    expect((error as Error).message).toContain(`EventLog.toSvg: ${expected}`)
  })

  it('toHtml has no width, because the page is as wide as its window', () => {
    using log = record()
    const error = thrown(() => log.toHtml({ width: 1280 } as PageOptions))
    expect(error).toBeInstanceOf(TypeError)
    expect((error as Error).message).toBe(
      'EventLog.toHtml: options must not have "width"; the names are theme, title',
    )
  })
})

/** An element, of which the script uses more than linkedom has: it has no layout. */
type Part = PageElement & EventTarget

const VIEW = 1290

/** The page of some calls, after its script has run in it. */
const opened = (events: ComEvent[], options?: PageOptions) => {
  const html = htmlOf(new Timeline(events), 0, options)
  const { document, window } = parseHTML(html)
  const find = (selector: string): Part => {
    const found = document.querySelector(selector)
    if (!found) throw new Error(`no ${selector}`)
    return found as unknown as Part
  }
  const script = find('script').textContent ?? ''
  const view = find('#view')
  Object.defineProperty(view, 'clientWidth', { value: VIEW, configurable: true })
  view.scrollLeft = 0
  view.getBoundingClientRect = () => ({ left: 0 })
  for (const bar of document.querySelectorAll('.bar')) (bar as unknown as Part).scrollIntoView = () => {}
  new Function('document', 'window', script)(document, window)
  const fire = (target: EventTarget, type: string, details: object = {}): Event => {
    const event = Object.assign(new window.Event(type, { bubbles: true, cancelable: true }), details)
    target.dispatchEvent(event)
    return event
  }
  return {
    html,
    script,
    document,
    window,
    view,
    find,
    fire,
    zoom: () => Number(find('body').style.getPropertyValue('--zoom')),
    bars: (className: string) =>
      [...document.querySelectorAll(`.bar.${className}`)].map(bar => bar.textContent ?? ''),
    type: (text: string) => {
      find('#search').value = text
      fire(find('#search'), 'input')
    },
  }
}

describe('the page', () => {
  const events = [
    ...call(1, 'Open', 0, 100),
    ...call(2, 'Save </script><script>alert(1)</script>', 100, 150, 8, 0x80010002 | 0),
    ...call(3, 'Open', 0, 1000, 12),
  ]

  it('has a lane for each thread and a button for each bar, of which CSS computes the place', () => {
    const { document, bars } = opened(events, { title: 'a & b' })
    expect(document.querySelector('h1')?.textContent).toBe('a & b')
    expect(document.querySelectorAll('section.lane')).toHaveLength(3)
    expect(bars('call')).toEqual(['Open', 'Save </script><script>alert(1)</script>', 'Open'])
    expect(document.querySelector('.bar.canceled')?.getAttribute('style')).toBe('--b:100;--l:50;--d:0')
    expect(document.querySelector('.bar.canceled')?.getAttribute('title')).toContain('RPC_E_CALL_CANCELED')
  })

  it('loads nothing, and runs only the script of its policy', () => {
    const { document, html, script } = opened(events)
    expect(html).not.toMatch(/\b(?:src|href)=|url\(|@import|https?:/)
    expect(document.querySelectorAll('script')).toHaveLength(1)
    const policy = document.querySelector('meta[http-equiv]')?.getAttribute('content')
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain(`script-src 'sha256-${createHash('sha256').update(script).digest('base64')}'`)
  })

  it('shows the whole recording at first, and zooms by button, key and wheel around what is pointed at', () => {
    const { find, fire, zoom, view, document } = opened(events)
    expect(zoom()).toBe(1)
    fire(find('#in'), 'click')
    expect(zoom()).toBe(2)
    fire(document, 'keydown', { key: '+' })
    expect(zoom()).toBe(4)
    // 750 pixels from the left are 500 of the names and times, which stay there.
    view.scrollLeft = 1500
    const time = (1500 + 750 - 250) / 4
    const event = fire(view, 'wheel', { ctrlKey: true, deltaY: -200, clientX: 750 })
    expect(event.defaultPrevented).toBe(true)
    expect(zoom()).toBe(8)
    expect((view.scrollLeft + 750 - 250) / 8).toBeCloseTo(time)
    expect(fire(view, 'wheel', { ctrlKey: false, deltaY: -200 }).defaultPrevented).toBe(false)
    fire(document, 'keydown', { key: '-' })
    expect(zoom()).toBe(4)
    fire(document, 'keydown', { key: '0' })
    expect(zoom()).toBe(1)
    fire(find('#out'), 'click')
    expect(zoom()).toBe(1)
  })

  it('has an axis of what is in the view, in the units of the zoom', () => {
    const { document, view, fire, find } = opened(events)
    const ticks = () => [...document.querySelectorAll('.tick')].map(({ textContent }) => textContent)
    expect(ticks()).toEqual(['0 ms', '200 ms', '400 ms', '600 ms', '800 ms', '1,000 ms'])
    for (let i = 0; i < 12; i++) fire(find('#in'), 'click')
    expect(ticks().length).toBeLessThan(20)
    expect(ticks()[0]).toMatch(/^[\d.]+ ms$/)
    view.scrollLeft = 0
    fire(view, 'scroll')
    expect(ticks().slice(0, 2)).toEqual(['0.00 ms', '0.05 ms'])
  })

  it('finds calls by any word of their details, and goes from one to the next', () => {
    const { type, find, fire, bars } = opened(events)
    type('OPEN')
    expect(find('#found').textContent).toBe('2 found')
    expect(bars('miss')).toEqual(['Save </script><script>alert(1)</script>'])
    const enter = (shiftKey = false) => fire(find('#search'), 'keydown', { key: 'Enter', shiftKey })
    enter()
    expect(find('#found').textContent).toBe('1 of 2')
    enter()
    expect(find('#found').textContent).toBe('2 of 2')
    expect(find('#details').textContent).toContain('thread 12 calls Open')
    fire(find('#next'), 'click')
    expect(find('#found').textContent).toBe('1 of 2')
    enter(true)
    expect(find('#found').textContent).toBe('2 of 2')
    type('rpc_e_call_canceled')
    expect(find('#found').textContent).toBe('1 found')
    type('nothing like it')
    expect(find('#found').textContent).toBe('0 found')
    enter()
    fire(find('#search'), 'keydown', { key: 'Escape' })
    expect(bars('miss')).toEqual([])
    expect(find('#found').textContent).toBe('')
  })

  it('shows the details of a bar that is chosen or focused, and zooms to one that is double-clicked', () => {
    const { find, fire, view, bars, zoom, document } = opened(events)
    const bar = find('.bar.canceled')
    fire(bar, 'click')
    expect(find('#details').textContent).toBe(bar.title)
    expect(bars('selected')).toEqual([bar.textContent])
    fire(bar, 'dblclick')
    expect(zoom()).toBeCloseTo((1000 * 0.8) / 50)
    expect(view.scrollLeft).toBeCloseTo(125 * 16 - 500)
    fire(document, 'keydown', { key: 'Escape' })
    expect(find('#details').textContent).toBe('')
    fire(find('.bar'), 'focusin')
    expect(find('#details').textContent).toMatch(/^Open/)
  })

  it('pans when its background is dragged, and fits a window that changes', () => {
    const { view, window, fire, find, zoom } = opened(events)
    fire(view, 'pointerdown', { button: 0, clientX: 600, clientY: 50 })
    fire(window, 'pointermove', { clientX: 500, clientY: 50 })
    expect(view.scrollLeft).toBe(100)
    fire(window, 'pointerup')
    fire(window, 'pointermove', { clientX: 0, clientY: 0 })
    expect(view.scrollLeft).toBe(100)
    fire(find('.bar'), 'pointerdown', { button: 0, clientX: 600, clientY: 50 })
    fire(window, 'pointermove', { clientX: 0, clientY: 50 })
    expect(view.scrollLeft).toBe(100)
    Object.defineProperty(view, 'clientWidth', { value: VIEW + 1000 })
    fire(window, 'resize')
    expect(zoom()).toBe(2)
  })

  it('is made of no events', () => {
    const { document, zoom } = opened([])
    expect(document.querySelectorAll('.bar')).toHaveLength(0)
    expect(Number.isFinite(zoom())).toBe(true)
  })
})
