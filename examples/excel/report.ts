// Writes a report with Excel: opens a template, fills in rows, saves it. Each call has a timeout, and a signal cancels
// the whole report.
/// <reference types="activex-excel" />
import { ComAbortError, type ComObject, ComThread, dynamic } from 'com-cancel'

export interface Report {
  /** The workbook with the headings. Its sheet is named Report. */
  template: string
  /** The file to write. */
  target: string
  /** The rows below the headings, all of the same length. The second column is summed up. */
  rows: readonly (readonly (string | number)[])[]
  /** Cancels the report, as a Cancel button does. */
  signal?: AbortSignal
  /** Gets a line for each step. */
  onProgress?: (step: string) => void
}

/** Milliseconds. */
const timeouts = { start: 30_000, call: 10_000, save: 60_000, quit: 5_000 }

/**
 * Writes the report. Rejects with ComAbortError when a timeout has passed or the signal was aborted, with ComError
 * when Excel refuses or ends. Excel has been quit when the promise settles, or `onProgress` was told that it was not.
 */
export const writeReport = async (report: Report): Promise<void> => {
  const { signal, onProgress = () => {} } = report
  const thread = await ComThread.start({
    apartment: 'sta',
    timeout: timeouts.call,
    busyRetry: timeouts.call * 2, // the timeout ends the retries, and its error says that Excel was busy
  })
  try {
    onProgress('starting Excel')
    const excel = await thread.createObject('Excel.Application', { timeout: timeouts.start, signal })
    try {
      await excel.connect({
        WorkbookAfterSave: (_, __, success) =>
          onProgress(success ? 'Excel has saved it' : 'Excel has not saved it'),
      })
      await fillIn(excel, report, onProgress)
    } finally {
      await quit(excel, onProgress)
    }
  } catch (error) {
    onProgress(error instanceof ComAbortError ? `canceled: ${error.reason}` : `failed: ${error}`)
    throw error
  } finally {
    await thread.close() // releases the objects as well
  }
}

const fillIn = async (
  excel: ComObject<Excel.Application>,
  { template, target, rows, signal }: Report,
  onProgress: (step: string) => void,
): Promise<void> => {
  const application = dynamic(excel, { signal }) // all calls of the view and its results have the signal
  await application.DisplayAlerts.$set(false)
  onProgress(`opening ${template}`)
  const workbook = await application.Workbooks.Open(template, 0, true)
  const sheet = await workbook.Worksheets('Report')
  onProgress(`writing ${rows.length} rows`)
  const last = rows.length + 1
  await sheet.Range('A2').Resize(rows.length, rows[0]?.length).Value.$set(rows)
  await sheet.Range(`A${last + 1}`).Value.$set('Total')
  await sheet.Range(`B${last + 1}`).Formula.$set(`=SUM(B2:B${last})`)
  await sheet.Range('A1').EntireColumn.AutoFit()
  onProgress(`saving ${target}`)
  await workbook.SaveAs.$call([target], { timeout: timeouts.save })
  await workbook.Close(false)
}

/** Quits without the signal of the report, which may be aborted already. A dialog keeps Excel from quitting. */
const quit = async (
  excel: ComObject<Excel.Application>,
  onProgress: (step: string) => void,
): Promise<void> => {
  const options = { timeout: timeouts.quit }
  try {
    await excel.set('DisplayAlerts', false, options)
    await excel.call('Quit', [], options)
  } catch (error) {
    onProgress(`Excel has not quit: ${error}`)
  }
}
