// A program that uses objects without types, under every option of `tsc --init`. It is compiled, not run.
import { type ComObject, ComThread, type DynamicObject, dynamic, type Handlers } from 'com-cancel'

export const views = async (path: string) => {
  const thread = await ComThread.start({ apartment: 'sta' })
  const object = await thread.createObject('Unknown.Application')
  const view = dynamic(object)
  const book = await view.Workbooks.Open(path)
  await view.Visible.$set(true)
  console.log(await book.Name, await view.Workbooks(1).Sheets('x').Cells(1, 1).Value)
  await view.Workbooks.Open.$call([path], { named: { ReadOnly: true } })
  for await (const each of view.Workbooks) console.log(await each.Name)
  const again: DynamicObject = dynamic(book)
  const back: ComObject = again.$object
  const value = await back.get('Name')
  const text = await back.get<string>('Name')
  const sheets = await back.get<ComObject>('Sheets')
  for await (const sheet of sheets)
    if (typeof sheet === 'string') console.log(sheet.length, value, text.length)
  for await (const sheet of sheets.items<ComObject>()) console.log(await sheet.get('Name'))
  const handlers: Handlers = { Open: (call, name) => console.log(call.dispid, name) }
  await object.connect(handlers)
  await thread[Symbol.asyncDispose]()
}

export const optional = async (
  object: ComObject,
  signal: AbortSignal | undefined,
  apartment: 'sta' | undefined,
  limit: number | undefined,
) => {
  await ComThread.start({ apartment, grace: limit, busyRetry: limit, binding: undefined })
  await object.call('Run', [], { signal, named: undefined })
  await object.set('Run', 1, { signal, args: undefined })
  await object.connect({}, { signal, iid: undefined })
  object.items({ signal, batch: limit })
  await object.thread.createObject('Unknown.Application', { signal, context: undefined, bitness: undefined })
  await object.thread.getObject('x', { signal, window: undefined })
  await object.thread.wait(1, { signal, cancelable: undefined })
  await object.thread.cancel({ timeout: limit })
  object.thread.implement({}, { iid: undefined })
}
