// Interfaces that an object of JavaScript can't have: those that COM itself asks objects for, and calls by vtable.
import type { InterfaceId } from '../../binding'
import * as validate from './validate'

/** IMarshal, IStdMarshalInfo and the other interfaces of ole32: the first 512 ids. */
const ofOle32 = /^00000[01][0-9a-f]{2}-0000-0000-c000-000000000046$/
/** ITypeInfo, IEnumVARIANT and the other interfaces of oleaut32, without IDispatch (00020400). */
const ofOleaut32 = /^000204(?:0[1-9a-f]|[12][0-9a-f])-0000-0000-c000-000000000046$/

const others: readonly InterfaceId[] = [
  '94ea2b94-e9cc-49e0-c0ff-ee64ca8f5b90', // IAgileObject
  'ecc8691b-c1db-4dc0-855e-65f6c551af49', // INoMarshal
  'b196b283-bab4-101a-b69c-00aa00341d07', // IProvideClassInfo
  'a6bc3ac0-dbaa-11ce-9de3-00aa004bb851', // IProvideClassInfo2
  'b196b284-bab4-101a-b69c-00aa00341d07', // IConnectionPointContainer
  'b196b285-bab4-101a-b69c-00aa00341d07', // IEnumConnectionPoints
  'b196b286-bab4-101a-b69c-00aa00341d07', // IConnectionPoint
  'b196b287-bab4-101a-b69c-00aa00341d07', // IEnumConnections
  '9bfbbc02-eff1-101a-84ed-00aa00341d07', // IPropertyNotifySink
  'df0b3d60-548f-101b-8e65-08002b2bd119', // ISupportErrorInfo
  '1cf2b120-547d-101b-8e65-08002b2bd119', // IErrorInfo
  '1c733a30-2a1c-11ce-ade5-00aa0044773d', // ICallFactory
  'a6ef9860-c720-11d0-9337-00a0c90dcaa9', // IDispatchEx
  '6d5140c1-7436-11ce-8034-00aa006009fa', // IServiceProvider
  'af86e2e0-b12d-4c6a-9c5a-d7aa65101e90', // IInspectable
  'c3fcc19e-a970-11d2-8b5a-00a0c9b7c9c4', // IManagedObject
]

/** Whether COM or a runtime asks objects for the interface, to call it by vtable. */
export const isInterfaceOfCom = (iid: InterfaceId): boolean =>
  ofOle32.test(iid) || ofOleaut32.test(iid) || others.includes(iid)

/** The id of an interface that an object of JavaScript may have. Throws TypeError or RangeError for another value. */
export const dispinterfaceId = (where: string, value: unknown): InterfaceId => {
  const iid = validate.interfaceId(where, value)
  if (isInterfaceOfCom(iid))
    throw new RangeError(
      `${where}: iid must be the id of a dispinterface; ${iid} is an interface of COM itself, which is called by vtable`,
    )
  return iid
}
