// A program that uses the declarations that `com-cancel types` makes of a described class. It is compiled, not run.
import {
  type ComDecimal,
  type ComObject,
  type ComThread,
  type DynamicObject,
  dynamic,
  omitted,
} from 'com-cancel'
import { is } from './is'
import type { Mill } from './library'
import type { Test } from './made'

export const views = async (thread: ComThread) => {
  const object = await thread.createObject('Test.Shop')
  is<ComObject<Test.Shop>>()(object)
  const shop = dynamic(object)
  is<DynamicObject<Test.Shop>>()(shop)
  is<DynamicObject<Test.Shop>>()(dynamic<Test.Shop>(object as ComObject))
  is<string>()(await shop.Name)
  await shop.Name.$set('corner')
  is<number>()(await shop.Version)
  is<Date>()(await shop.Opened)
  is<ComDecimal>()(await shop.Total)
  is<bigint>()(await shop.Count64)
  is<Uint8Array>()(await shop.Picture)
  is<string[]>()(await shop.Names)
  is<DynamicObject<Test.Shop>>()(await shop.Parent)
  is<1 | 2 | -3>()(await shop.Mode)
  is<number>()(await shop.Flags)
  await shop.Parent.$setReference(shop)
  await shop.Price('apple').$set(await shop.Total)
  is<ComDecimal>()(await shop.Price('apple'))
  is<string>()(await shop.Item(1).Name)
  is<string>()(await shop(1).Parent.Name)
  is<number>()(await shop.Sell('apple', 2))
  is<number>()(await shop.Sell(undefined, 2, 1, 'anything'))
  await shop.Sell(omitted, 2)
  is<void>()(await shop.Close())
  is<boolean>()(await shop['not an identifier'])
  for await (const each of shop) is<DynamicObject<Test.Shop>>()(each)
  const anything = await shop.Other
  anything.everything()

  await object.connect({
    Sold: (_call, by, n) => {
      is<ComObject<Test.Shop>>()(by)
      is<number>()(n)
    },
  })

  // @ts-expect-error a member that is misspelt
  await shop.Nam
  // @ts-expect-error a property that is readonly
  await shop.Version.$set(5)
  // @ts-expect-error an argument that is missing
  await shop.Sell('apple')
  // @ts-expect-error a value that the enumeration does not have
  await shop.Mode.$set(7)
  // @ts-expect-error a member that is restricted
  await shop.Restricted()
  // @ts-expect-error no such event
  await object.connect({ Solt: () => {} })
}

export const library = async (thread: ComThread) => {
  const mill = dynamic(await thread.createObject('Mill.Application'))
  is<DynamicObject<Mill.Application>>()(mill)
  is<DynamicObject<Mill.Application>>()(dynamic(await thread.createObject('Mill.Application.2')))
  is<number>()(await mill.Wheels(1).Size)
  is<DynamicObject<Mill.Wheel>>()(await mill.Wheels.Item(1))
  for await (const wheel of mill.Wheels) is<DynamicObject<Mill.Application>>()(await wheel.Parent)
  is<number>()(await mill.Color)
  await mill.Main.$setReference(await mill.Wheels(1))
  await mill.$object.connect({ Turned: (_call, by) => is<ComObject<Mill.Wheel>>()(by) })
  // @ts-expect-error a member that is misspelt
  await mill.Wheels(1).Sise
}
