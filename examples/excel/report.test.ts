// Tests of report.ts against an emulated Excel: on any system, in emulated time.
import { ComAbortError } from 'com-cancel'
import { Emulator } from 'com-cancel/emulator'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type EmulatedExcel, registerExcel } from './emulated-excel'
import { type Report, writeReport } from './report'

const rows = [
  ['North', 120],
  ['South', 80],
]

let emulator: Emulator
let excel: EmulatedExcel
let progress: string[]

beforeEach(() => {
  emulator = new Emulator()
  excel = registerExcel(emulator)
  excel.files.set(
    'template.xlsx',
    new Map([
      ['A1', 'Region'],
      ['B1', 'Sales'],
    ]),
  )
  excel.registration.latency = 10 // milliseconds of emulated time, for each call
  progress = []
})

/** Runs the program to its end. Returns the error that it rejects with. */
const failureOf = (more: Partial<Report> = {}, meanwhile?: () => Promise<void>): Promise<unknown> =>
  emulator.run(() =>
    emulator.use(async () => {
      const report = writeReport({
        template: 'template.xlsx',
        target: 'report.xlsx',
        rows,
        onProgress: step => progress.push(step),
        ...more,
      })
      const failure = report.then(
        () => undefined,
        (error: unknown) => error,
      )
      await meanwhile?.()
      return await failure
    }),
  )

/** Waits until the report has come to a step, or has ended. */
const until = async (step: string): Promise<void> => {
  const last = () => progress.at(-1) ?? ''
  while (!/^(canceled|failed)/.test(last()) && !progress.some(each => each.startsWith(step)))
    await emulator.clock.delay(1)
}

describe('the report', () => {
  afterEach(async () => {
    await emulator.settled()
    emulator.assertIdle()
  })

  it('has the headings of the template, the rows and their sum', async () => {
    expect(await failureOf()).toBeUndefined()
    expect(Object.fromEntries(excel.files.get('report.xlsx') ?? [])).toEqual({
      A1: 'Region',
      B1: 'Sales',
      A2: 'North',
      B2: 120,
      A3: 'South',
      B3: 80,
      A4: 'Total',
      B4: '=SUM(B2:B3)',
    })
    expect(progress.at(-1)).toBe('Excel has saved it')
    expect(excel.openWorkbooks).toBe(0)
  })

  it('waits for an Excel that is busy for a moment', async () => {
    const meanwhile = async () => {
      await until('writing')
      excel.registration.busy(3_000)
    }
    expect(await failureOf({}, meanwhile)).toBeUndefined()
    expect(excel.files.has('report.xlsx')).toBe(true)
    expect(emulator.clock.now()).toBeGreaterThan(3_000)
  })

  it('fails when there is no template', async () => {
    expect(await failureOf({ template: 'missing.xlsx' })).toMatchObject({
      code: 'DISP_E_EXCEPTION',
      source: 'Microsoft Excel',
      message: expect.stringContaining("couldn't find missing.xlsx"),
    })
  })
})

describe('a report that Excel does not finish', () => {
  // A cancel does not end an Excel that hangs: its process has to be ended.
  afterEach(async () => {
    excel.registration.die()
    await emulator.settled()
    emulator.assertIdle()
  })

  it('ends at its timeout when opening the template hangs', async () => {
    excel.openHangs = true
    const error = await failureOf()
    expect(error).toBeInstanceOf(ComAbortError)
    expect(error).toMatchObject({ reason: 'timeout', timeout: 10_000, started: true, abandoned: false })
    expect(progress).toContainEqual(expect.stringMatching(/^Excel has not quit: .* after 5000 ms/))
  })

  it('ends when the user clicks Cancel while a dialog is open', async () => {
    excel.saveShowsDialog = true
    const button = new AbortController()
    const meanwhile = async () => {
      await emulator.clock.delay(20_000)
      button.abort()
    }
    const error = await failureOf({ signal: button.signal }, meanwhile)
    expect(error).toMatchObject({ name: 'AbortError', reason: 'signal', started: true, abandoned: false })
    expect(excel.files.has('report.xlsx')).toBe(false)
  })

  it('is not started when the user has clicked Cancel before', async () => {
    const error = await failureOf({ signal: AbortSignal.abort() })
    expect(error).toMatchObject({ name: 'AbortError', reason: 'signal', started: false })
    expect(excel.registration.counts.starts).toBe(0)
  })

  it('says that Excel is busy when it stays so', async () => {
    const meanwhile = async () => {
      await until('writing')
      excel.registration.busy(3_600_000)
    }
    const error = await failureOf({}, meanwhile)
    expect(error).toMatchObject({ name: 'AbortError', reason: 'timeout', started: true, busy: true })
  })

  it('fails at once when Excel crashes', async () => {
    const meanwhile = async () => {
      await until('saving')
      excel.registration.die()
    }
    excel.saveShowsDialog = true
    const error = await failureOf({}, meanwhile)
    expect(error).toMatchObject({ name: 'ComError', code: 'RPC_E_SERVER_DIED' })
    expect(emulator.clock.now()).toBeLessThan(1_000)
  })
})
