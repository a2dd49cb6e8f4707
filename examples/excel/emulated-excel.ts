// An emulated Excel for tests: the members that report.ts uses, its events, and switches for what can go wrong.
import { HResult } from 'com-cancel'
import {
  type ClassRegistration,
  type EmulatedCall,
  EmulatedObject,
  type Emulator,
  type ServerValue,
} from 'com-cancel/emulator'

type Cells = Map<string, ServerValue>

interface Place {
  row: number
  column: number
}

export interface EmulatedExcel {
  /** Its faults (`busy`, `die` …) and counts. */
  registration: ClassRegistration
  /** The files on its disk: the cells of their sheet, by address. */
  files: Map<string, Cells>
  /** Opening a file never returns, as when a network drive does not answer. */
  openHangs: boolean
  /** Saving shows a dialog, which nobody answers. */
  saveShowsDialog: boolean
  /** The number of workbooks that programs have left open in the current process. */
  openWorkbooks: number
}

/** Blocks a call, as a dialog does. This Excel does not check whether the call was canceled. */
const showDialog = async (call: EmulatedCall): Promise<never> => {
  for (;;) await call.delay(1000)
}

const refuse = (description: string): never => {
  throw Object.assign(new Error(description), {
    hresult: HResult.DISP_E_EXCEPTION,
    source: 'Microsoft Excel',
    description,
  })
}

/** `A` is column 1. */
const columnName = (column: number): string => String.fromCharCode(64 + column)

const place = (address: string): Place => {
  const [, letter = '', row] = /^([A-Z])(\d+)$/.exec(address) ?? refuse(`${address} is no cell`)
  return { row: Number(row), column: letter.charCodeAt(0) - 64 }
}

/** A rectangle of cells, from its top left cell. */
const range = (cells: Cells, from: Place, rows = 1, columns = 1): EmulatedObject => {
  const address = (row: number, column: number) => `${columnName(from.column + column)}${from.row + row}`
  return new EmulatedObject({
    properties: {
      Value: {
        default: true,
        get: () =>
          Array.from({ length: rows }, (_, row) =>
            Array.from({ length: columns }, (_, column) => cells.get(address(row, column))),
          ),
        set: (_, value) => {
          const given = Array.isArray(value) ? value : [[value]]
          given.forEach((each, row) => {
            const list = Array.isArray(each) ? each : [each]
            for (const [column, cell] of list.entries()) cells.set(address(row, column), cell)
          })
        },
      },
      Resize: {
        params: ['RowSize?', 'ColumnSize?'],
        get: (_, height = rows, width = columns) => range(cells, from, Number(height), Number(width)),
      },
      Formula: {
        get: () => cells.get(address(0, 0)),
        set: (_, value) => void cells.set(address(0, 0), value),
      },
      EntireColumn: () => new EmulatedObject({ methods: { AutoFit: () => true } }),
    },
  })
}

const worksheet = (name: string, cells: Cells) =>
  new EmulatedObject({
    properties: {
      Name: () => name,
      Range: { params: ['Cell1', 'Cell2?'], get: (_, address) => range(cells, place(String(address))) },
    },
  })

const worksheets = (sheets: { name: string; object: EmulatedObject }[]) =>
  new EmulatedObject({
    properties: {
      Count: () => sheets.length,
      Item: {
        default: true,
        params: ['Index'],
        get: (_, index) =>
          sheets.find(({ name }, i) => index === i + 1 || String(index) === name)?.object ??
          refuse('Subscript out of range'),
      },
    },
    items: () => sheets.map(({ object }) => object),
  })

const workbook = (excel: EmulatedExcel, file: string, cells: Cells) => {
  const sheets = worksheets([{ name: 'Report', object: worksheet('Report', cells) }])
  excel.openWorkbooks++
  return new EmulatedObject({
    methods: {
      SaveAs: {
        params: ['Filename'],
        async run(call, name) {
          if (excel.saveShowsDialog) await showDialog(call)
          excel.files.set(String(name), new Map(cells))
          await excel.registration.fire('WorkbookAfterSave', file, true)
        },
      },
      Close: {
        params: ['SaveChanges?'],
        run: () => {
          excel.openWorkbooks--
        },
      },
    },
    properties: { Name: () => file, Worksheets: () => sheets },
  })
}

/** Registers Excel.Application with an emulator. */
export const registerExcel = (emulator: Emulator): EmulatedExcel => {
  const files = new Map<string, Cells>()
  const workbooks = (excel: EmulatedExcel) =>
    new EmulatedObject({
      methods: {
        Open: {
          params: ['Filename', 'UpdateLinks?', 'ReadOnly?'],
          async run(call, name) {
            if (excel.openHangs) await showDialog(call)
            const cells = files.get(String(name)) ?? refuse(`Sorry, we couldn't find ${name}.`)
            return workbook(excel, String(name), new Map(cells))
          },
        },
      },
    })
  const registration = emulator.registerClass({
    progId: 'Excel.Application',
    threading: 'sta',
    create: () => ({ visible: false, alerts: true, workbooks: workbooks(excel) }),
    events: { iid: '00024413-0000-0000-c000-000000000046', members: { WorkbookAfterSave: 2612 } },
    methods: {
      Quit() {
        excel.openWorkbooks = 0
      },
    },
    properties: {
      Version: () => '16.0',
      Workbooks() {
        return this.workbooks
      },
      Visible: {
        get() {
          return this.visible
        },
        set(_, value) {
          this.visible = value === true
        },
      },
      DisplayAlerts: {
        get() {
          return this.alerts
        },
        set(_, value) {
          this.alerts = value === true
        },
      },
    },
  })
  const excel: EmulatedExcel = {
    registration,
    files,
    openHangs: false,
    saveShowsDialog: false,
    openWorkbooks: 0,
  }
  return excel
}
