// The script of the page: zoom, pan, search and the details of a bar.
//
// It runs in a browser, where nothing of the package is at hand. `page` uses only its parameters, and its source text is
// written into the page. The interfaces are the part of the DOM that it uses.

export interface PageEvent {
  readonly key: string
  readonly ctrlKey: boolean
  readonly metaKey: boolean
  readonly shiftKey: boolean
  readonly deltaY: number
  readonly clientX: number
  readonly clientY: number
  readonly button: number
  readonly target: unknown
  preventDefault(): void
}

export interface PageElement {
  readonly classList: { toggle(name: string, on: boolean): void }
  readonly dataset: Record<string, string | undefined>
  readonly style: { setProperty(name: string, value: string): void; getPropertyValue(name: string): string }
  readonly clientWidth: number
  readonly title: string
  textContent: string | null
  className: string
  value: string
  scrollLeft: number
  scrollTop: number
  focus(options: { preventScroll: boolean }): void
  closest(selector: string): PageElement | null
  scrollIntoView(options: { block: 'nearest'; inline: 'nearest' }): void
  getBoundingClientRect(): { left: number }
  replaceChildren(...children: PageElement[]): void
  addEventListener(type: string, listen: (event: PageEvent) => void, options?: { passive: boolean }): void
}

export interface PageDocument {
  readonly body: PageElement
  querySelector(selector: string): PageElement | null
  querySelectorAll(selector: string): Iterable<PageElement>
  createElement(name: string): PageElement
  addEventListener(type: string, listen: (event: PageEvent) => void): void
}

export interface PageWindow {
  addEventListener(type: string, listen: (event: PageEvent) => void): void
}

/** `duration`: milliseconds of the recording. `names`: the width of the names of lanes in pixels. */
export const page = (
  document: PageDocument,
  window: PageWindow,
  { duration, names }: { duration: number; names: number },
): void => {
  /** Browsers limit the width of an element. */
  const WIDEST = 8_000_000
  const MARGIN = 40

  const find = (id: string): PageElement => {
    const found = document.querySelector(`#${id}`)
    if (!found) throw new Error(`the page has no element ${id}`)
    return found
  }
  const view = find('view')
  const axis = find('axis')
  const search = find('search')
  const found = find('found')
  const details = find('details')
  const bars = [...document.querySelectorAll('.bar')]

  /** The width of the times in pixels. */
  const room = () => Math.max(200, view.clientWidth - names - MARGIN)
  const widest = () => Math.max(room(), WIDEST)
  /** Pixels per millisecond. */
  let zoom = room() / duration
  /** Whether the whole recording is in the view. */
  let whole = true

  const unitOf = (step: number): [divisor: number, name: string] => {
    if (step >= 1000) return [1000, 's']
    return step >= 0.01 ? [1, 'ms'] : [0.001, 'µs']
  }

  const drawAxis = (): void => {
    const least = 110 / zoom
    const power = 10 ** Math.floor(Math.log10(least))
    const step = power * ([1, 2, 5].find(each => each * power >= least) ?? 10)
    const [divisor, unit] = unitOf(step)
    const digits = Math.max(0, -Math.floor(Math.log10(step / divisor) + 1e-9))
    const first = Math.max(0, Math.floor(view.scrollLeft / zoom / step))
    const last = Math.min(duration, (view.scrollLeft + view.clientWidth) / zoom) / step
    const ticks: PageElement[] = []
    for (let i = first; i <= last; i++) {
      const tick = document.createElement('span')
      const shown = ((i * step) / divisor).toLocaleString('en', {
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
      })
      tick.className = 'tick'
      tick.textContent = `${shown} ${unit}`
      tick.style.setProperty('left', `${names + i * step * zoom}px`)
      ticks.push(tick)
    }
    axis.replaceChildren(...ticks)
  }

  /** Zooms so that the time at a position of the view stays where it is. */
  const zoomTo = (wanted: number, position = names + room() / 2): void => {
    const time = (view.scrollLeft + position - names) / zoom
    const least = room() / duration
    zoom = Math.min(widest() / duration, Math.max(least, wanted))
    whole = zoom === least
    document.body.style.setProperty('--zoom', String(zoom))
    view.scrollLeft = time * zoom - position + names
    drawAxis()
  }

  const beginOf = (bar: PageElement): number => Number(bar.style.getPropertyValue('--b'))

  const zoomToBar = (bar: PageElement): void => {
    const begin = beginOf(bar)
    const length = Number(bar.style.getPropertyValue('--l'))
    zoomTo((room() * 0.8) / Math.max(length, duration / 1e6))
    view.scrollLeft = (begin + length / 2) * zoom - room() / 2
    drawAxis()
  }

  /** Shows the details of a bar, and which bars belong to the same call. */
  const select = (bar: PageElement | undefined): void => {
    details.textContent = bar?.title ?? ''
    for (const each of bars) {
      each.classList.toggle('selected', each === bar)
      each.classList.toggle(
        'same',
        each !== bar && bar !== undefined && each.dataset.call === bar.dataset.call,
      )
    }
  }

  let matches: PageElement[] = []
  let current = -1

  const showMatch = (index: number): void => {
    if (matches.length === 0) return
    current = (index + matches.length) % matches.length
    const match = matches[current]
    found.textContent = `${current + 1} of ${matches.length}`
    select(match)
    if (!match) return
    match.scrollIntoView({ block: 'nearest', inline: 'nearest' })
    const left = beginOf(match) * zoom
    // The names of lanes cover what is at the left edge.
    if (left < view.scrollLeft || left > view.scrollLeft + room()) view.scrollLeft = left - room() / 3
  }

  const doSearch = (): void => {
    const wanted = search.value.trim().toLowerCase()
    const hit = (bar: PageElement) => bar.title.toLowerCase().includes(wanted)
    matches = wanted === '' ? [] : bars.filter(hit)
    current = -1
    for (const bar of bars) bar.classList.toggle('miss', wanted !== '' && !hit(bar))
    found.textContent = wanted === '' ? '' : `${matches.length} found`
  }

  const barOf = (target: unknown): PageElement | null => (target as PageElement).closest('.bar')

  const buttons: Record<string, () => void> = {
    in: () => zoomTo(zoom * 2),
    out: () => zoomTo(zoom / 2),
    all: () => zoomTo(0),
    next: () => showMatch(current + 1),
    previous: () => showMatch(current < 0 ? -1 : current - 1),
  }
  for (const [id, act] of Object.entries(buttons)) find(id).addEventListener('click', act)

  search.addEventListener('input', doSearch)
  search.addEventListener('keydown', event => {
    if (event.key === 'Enter') showMatch(event.shiftKey ? (current < 0 ? -1 : current - 1) : current + 1)
    if (event.key !== 'Escape') return
    search.value = ''
    doSearch()
    select(undefined)
  })

  document.addEventListener('keydown', event => {
    if (event.target === search || event.ctrlKey || event.metaKey) return
    const act = { '+': buttons.in, '=': buttons.in, '-': buttons.out, '0': buttons.all }[event.key]
    if (act) act()
    else if (event.key === '/') search.focus({ preventScroll: true })
    else if (event.key === 'Escape') select(undefined)
    else return
    event.preventDefault()
  })

  view.addEventListener('scroll', drawAxis)
  // A pinch on a touchpad is a wheel event with ctrlKey.
  view.addEventListener(
    'wheel',
    event => {
      if (!event.ctrlKey && !event.metaKey) return
      event.preventDefault()
      const position = Math.max(names, event.clientX - view.getBoundingClientRect().left)
      zoomTo(zoom * 2 ** (-event.deltaY / 200), position)
    },
    { passive: false },
  )
  view.addEventListener('click', event => {
    const bar = barOf(event.target)
    if (bar) select(bar)
  })
  view.addEventListener('dblclick', event => {
    const bar = barOf(event.target)
    if (bar) zoomToBar(bar)
  })
  view.addEventListener('focusin', event => {
    const bar = barOf(event.target)
    if (bar) select(bar)
  })

  /** Where a drag began: the pointer and the scroll position. */
  let drag: { x: number; y: number; left: number; top: number } | undefined
  view.addEventListener('pointerdown', ({ button, target, clientX, clientY }) => {
    if (button !== 0 || barOf(target)) return
    drag = { x: clientX, y: clientY, left: view.scrollLeft, top: view.scrollTop }
  })
  window.addEventListener('pointermove', ({ clientX, clientY }) => {
    if (!drag) return
    view.scrollLeft = drag.left + drag.x - clientX
    view.scrollTop = drag.top + drag.y - clientY
  })
  for (const end of ['pointerup', 'pointercancel', 'blur'])
    window.addEventListener(end, () => {
      drag = undefined
    })
  window.addEventListener('resize', () => zoomTo(whole ? 0 : zoom))

  zoomTo(zoom)
}
