// A program that types objects by @types/activex-excel and @types/activex-scripting. It is compiled, not run.
import { type ComObject, type ComThread, type DynamicObject, dynamic, omitted } from 'com-cancel'
import { is } from './is'

interface ApplicationEvents {
  WorkbookOpen(workbook: Excel.Workbook): void
  SheetChange(sheet: Excel.Worksheet | Excel.Chart, target: Excel.Range): void
}

declare module 'com-cancel' {
  interface ComEvents {
    'Excel.Application': ApplicationEvents
  }
}

export const events = async (thread: ComThread) => {
  const object = await thread.createObject('Excel.Application')
  await object.connect({
    WorkbookOpen: async (_call, book) => {
      is<ComObject<Excel.Workbook>>()(book)
      is<string>()(await dynamic(book).Name)
    },
    SheetChange: (_call, _sheet, target) => is<ComObject<Excel.Range>>()(target),
  })
  // @ts-expect-error no such event
  await object.connect({ WorkbookOpened: () => {} })
  const books = await object.get('Workbooks')
  await books.connect({ Anything: (_call, value) => console.log(value) })
}

export const views = async (thread: ComThread) => {
  const object = await thread.createObject('Excel.Application')
  is<ComObject<Excel.Application>>()(object)
  const excel = dynamic(object)
  is<DynamicObject<Excel.Application>>()(excel)
  is<DynamicObject<Excel.Application>>()(dynamic<Excel.Application>(object as ComObject))

  // Properties, and collections that can be called.
  is<string>()(await excel.Version)
  await excel.Visible.$set(true)
  await excel.Calculation.$set(-4135)
  is<Excel.XlCalculation>()(await excel.Calculation)
  is<DynamicObject<Excel.Workbook>>()(await excel.Workbooks(1))
  is<DynamicObject<Excel.Workbook>>()(await excel.Workbooks.Item('a.xlsx'))
  is<number>()(await excel.Workbooks('a.xlsx').Sheets.Count)

  // Methods and what they return.
  const book = await excel.Workbooks.Open('a.xlsx', omitted, true)
  is<DynamicObject<Excel.Workbook>>()(book)
  is<string>()(await excel.Workbooks.Open('a.xlsx').Name)
  const options = { named: { ReadOnly: true }, signal: AbortSignal.timeout(5_000) }
  is<DynamicObject<Excel.Workbook>>()(await excel.Workbooks.Open.$call(['a.xlsx'], options))
  is<void>()(await book.Close(false))

  // Overloads.
  const sheet = dynamic<Excel.Worksheet>(await book.ActiveSheet)
  is<string>()(await sheet.ChartObjects('sales').Name)
  is<number>()(await sheet.ChartObjects().Count)
  is<DynamicObject<Excel.Range>>()(await sheet.Range('A1', 'B2'))
  await sheet.Copy(sheet)
  await sheet.Copy(undefined, sheet)
  is<DynamicObject<Excel.Sheets>>()(await book.Sheets.Item(['one', 'two']))

  // Properties with parameters.
  const range = await sheet.Range('A1')
  await range.Value.$set([[1, 'two', new Date()]])
  await range.Value
  await range.Value(10)
  await range.Value.$get([10])
  await range.Value2.$set(5)
  is<string>()(await range.Address)
  is<string>()(await range.Address(true, true))
  await book.Colors.$set(255, { args: [1] })

  // Items.
  for await (const each of excel.Workbooks) is<DynamicObject<Excel.Workbook>>()(each)
  for await (const each of book.Worksheets) is<DynamicObject<Excel.Worksheet>>()(each)
  for await (const each of await range.Cells) is<DynamicObject<Excel.Range>>()(each)

  // VarDate is Date, and SafeArray<T> is T[] or T[][], in results and arguments.
  is<Date>()(await dynamic<Excel.PivotTable>(await sheet.PivotTables(1)).RefreshDate)
  is<string[] | string[][]>()(await excel.GetCustomListContents(1))
  await excel.AddCustomList(['a', 'b'])
  is<number>()(await excel.GetCustomListNum(['a', 'b']))

  // A generic method whose result depends on its arguments.
  const added = await book.Worksheets.Add()
  await added.Name.$set('sales')
}

export const objects = async (excel: ComObject<Excel.Application>) => {
  const books = await excel.get('Workbooks')
  is<ComObject<Excel.Workbooks>>()(books)
  const book = await books.call('Open', ['a.xlsx'], { signal: AbortSignal.timeout(5_000) })
  is<string>()(await book.get('Name'))
  is<ComObject<Excel.Workbook>>()(await books.call('Item', [1]))
  is<ComObject<Excel.Workbook>>()(await excel.get('Workbooks', ['a.xlsx']))
  await excel.set('Visible', true)
  for await (const each of books) is<ComObject<Excel.Workbook>>()(each)
  for await (const each of books.items({ batch: 10 })) is<ComObject<Excel.Workbook>>()(each)
}

export const scripting = async (thread: ComThread) => {
  const files = dynamic(await thread.createObject('Scripting.FileSystemObject'))
  is<string>()(await files.GetFolder('C:\\').Files.Item('x').Name)
  is<Date>()(await files.GetFile('x').DateCreated)
  for await (const each of files.Drives) is<DynamicObject<Scripting.Drive>>()(each)
  const dictionary = dynamic<Scripting.Dictionary<string, number>>(
    await thread.createObject('Scripting.Dictionary'),
  )
  await dictionary.Item.$set(5, { args: ['five'] })
  is<number>()(await dictionary('five'))
  is<number[] | number[][]>()(await dictionary.Items())
  for await (const key of dictionary) is<string>()(key)
}

export const mistakes = async (
  excel: DynamicObject<Excel.Application>,
  object: ComObject<Excel.Workbooks>,
) => {
  // @ts-expect-error a member that is misspelt
  await excel.Workboks
  // @ts-expect-error a member of a member that is misspelt
  await excel.Workbooks.Opn('x')
  // @ts-expect-error an argument of a wrong type
  await excel.Workbooks.Open(5)
  // @ts-expect-error an argument that is missing
  await excel.Workbooks.Open()
  // @ts-expect-error an argument of a wrong type
  await excel.Workbooks.Open('x', omitted, 'yes')
  // @ts-expect-error no overload
  await excel.Workbooks(1).Worksheets(1).ChartObjects(true)
  // @ts-expect-error a property that is readonly
  await excel.Version.$set('5')
  // @ts-expect-error a value of a wrong type
  await excel.Visible.$set('yes')
  // @ts-expect-error a property that was not awaited
  const version: string = excel.Version
  // @ts-expect-error a property that was not awaited, in an expression
  console.log(excel.Workbooks.Count + 1, version)
  // @ts-expect-error a property that was not awaited, in a condition
  if (excel.Visible) console.log()
  // @ts-expect-error an object of another class
  await excel.Workbooks(1).Worksheets(1).Range('A1').Copy(excel)
  // @ts-expect-error an object that was not awaited
  await excel.Workbooks(1).Worksheets(1).Range('A1').Copy(excel.Workbooks(1).Worksheets(1).Range('B1'))
  // @ts-expect-error an object that is no collection
  for await (const each of excel.Workbooks(1)) console.log(each)
  // @ts-expect-error a member that is misspelt
  await object.call('Opn', ['x'])
  // @ts-expect-error an argument of a wrong type
  await object.call('Open', [5])
  // @ts-expect-error a property that is readonly
  await object.set('Count', 5)
}
