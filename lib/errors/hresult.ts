// The HRESULTs of the contract, by name.
import type { HRESULT } from '../../binding'

/** HRESULTs by name, as signed 32-bit integers. Source: winerror.h. */
export const HResult = {
  S_OK: 0,
  S_FALSE: 1,
  E_NOTIMPL: 0x80004001 | 0,
  E_NOINTERFACE: 0x80004002 | 0,
  E_POINTER: 0x80004003 | 0,
  E_FAIL: 0x80004005 | 0,
  E_UNEXPECTED: 0x8000ffff | 0,
  E_ACCESSDENIED: 0x80070005 | 0,
  E_OUTOFMEMORY: 0x8007000e | 0,
  E_INVALIDARG: 0x80070057 | 0,
  // Calls and their threads.
  RPC_E_CALL_REJECTED: 0x80010001 | 0,
  RPC_E_CALL_CANCELED: 0x80010002 | 0,
  RPC_E_SERVER_DIED: 0x80010007 | 0,
  RPC_E_SERVER_DIED_DNE: 0x80010012 | 0,
  RPC_E_OUT_OF_RESOURCES: 0x80010101 | 0,
  RPC_E_SERVERFAULT: 0x80010105 | 0,
  RPC_E_CHANGED_MODE: 0x80010106 | 0,
  RPC_E_DISCONNECTED: 0x80010108 | 0,
  RPC_E_SERVERCALL_RETRYLATER: 0x8001010a | 0,
  RPC_E_SERVERCALL_REJECTED: 0x8001010b | 0,
  RPC_E_CANTCALLOUT_ININPUTSYNCCALL: 0x8001010d | 0,
  RPC_E_WRONG_THREAD: 0x8001010e | 0,
  RPC_S_CALLPENDING: 0x80010115 | 0,
  RPC_E_CALL_COMPLETE: 0x80010117 | 0,
  RPC_E_TOO_LATE: 0x80010119 | 0,
  RPC_E_TIMEOUT: 0x8001011f | 0,
  CO_E_CANCEL_DISABLED: 0x80010140 | 0,
  /** HRESULT_FROM_WIN32 of the RPC status of this name, as are the next two. */
  RPC_S_SERVER_UNAVAILABLE: 0x800706ba | 0,
  RPC_S_CALL_FAILED: 0x800706be | 0,
  RPC_S_CALL_FAILED_DNE: 0x800706bf | 0,
  // Automation.
  DISP_E_UNKNOWNINTERFACE: 0x80020001 | 0,
  DISP_E_MEMBERNOTFOUND: 0x80020003 | 0,
  DISP_E_PARAMNOTFOUND: 0x80020004 | 0,
  DISP_E_TYPEMISMATCH: 0x80020005 | 0,
  DISP_E_UNKNOWNNAME: 0x80020006 | 0,
  DISP_E_NONAMEDARGS: 0x80020007 | 0,
  DISP_E_BADVARTYPE: 0x80020008 | 0,
  DISP_E_EXCEPTION: 0x80020009 | 0,
  DISP_E_OVERFLOW: 0x8002000a | 0,
  DISP_E_BADINDEX: 0x8002000b | 0,
  DISP_E_UNKNOWNLCID: 0x8002000c | 0,
  DISP_E_ARRAYISLOCKED: 0x8002000d | 0,
  DISP_E_BADPARAMCOUNT: 0x8002000e | 0,
  DISP_E_PARAMNOTOPTIONAL: 0x8002000f | 0,
  DISP_E_BADCALLEE: 0x80020010 | 0,
  DISP_E_NOTACOLLECTION: 0x80020011 | 0,
  DISP_E_DIVBYZERO: 0x80020012 | 0,
  DISP_E_BUFFERTOOSMALL: 0x80020013 | 0,
  TYPE_E_LIBNOTREGISTERED: 0x8002801d | 0,
  TYPE_E_WRONGTYPEKIND: 0x8002802a | 0,
  TYPE_E_ELEMENTNOTFOUND: 0x8002802b | 0,
  TYPE_E_CANTLOADLIBRARY: 0x80029c4a | 0,
  /** Excel's own: its object model is suspended, for example while the user edits a cell. */
  VBA_E_IGNORE: 0x800ac472 | 0,
  // Classes, monikers, events.
  CLASS_E_CLASSNOTAVAILABLE: 0x80040111 | 0,
  REGDB_E_CLASSNOTREG: 0x80040154 | 0,
  REGDB_E_IIDNOTREG: 0x80040155 | 0,
  MK_E_CONNECTMANUALLY: 0x800401e0 | 0,
  MK_E_EXCEEDEDDEADLINE: 0x800401e1 | 0,
  MK_E_NEEDGENERIC: 0x800401e2 | 0,
  MK_E_UNAVAILABLE: 0x800401e3 | 0,
  MK_E_SYNTAX: 0x800401e4 | 0,
  MK_E_NOOBJECT: 0x800401e5 | 0,
  MK_E_INVALIDEXTENSION: 0x800401e6 | 0,
  MK_E_INTERMEDIATEINTERFACENOTSUPPORTED: 0x800401e7 | 0,
  MK_E_NOTBINDABLE: 0x800401e8 | 0,
  MK_E_NOTBOUND: 0x800401e9 | 0,
  MK_E_CANTOPENFILE: 0x800401ea | 0,
  MK_E_MUSTBOTHERUSER: 0x800401eb | 0,
  MK_E_NOINVERSE: 0x800401ec | 0,
  MK_E_NOSTORAGE: 0x800401ed | 0,
  MK_E_NOPREFIX: 0x800401ee | 0,
  MK_E_ENUMERATION_FAILED: 0x800401ef | 0,
  CO_E_NOTINITIALIZED: 0x800401f0 | 0,
  CO_E_CLASSSTRING: 0x800401f3 | 0,
  CO_E_APPNOTFOUND: 0x800401f5 | 0,
  CO_E_DLLNOTFOUND: 0x800401f8 | 0,
  CO_E_ERRORINDLL: 0x800401f9 | 0,
  CO_E_OBJNOTREG: 0x800401fb | 0,
  CO_E_OBJNOTCONNECTED: 0x800401fd | 0,
  CO_E_APPDIDNTREG: 0x800401fe | 0,
  CO_E_SERVER_EXEC_FAILURE: 0x80080005 | 0,
  CONNECT_E_NOCONNECTION: 0x80040200 | 0,
  CONNECT_E_ADVISELIMIT: 0x80040201 | 0,
  CONNECT_E_CANNOTCONNECT: 0x80040202 | 0,
} as const

export type HResultName = keyof typeof HResult

/** The name of an HRESULT, or its number as Windows writes it, of one that has no name here. */
export type ComErrorCode = HResultName | `0x${string}`

/** RPC_C_CANCEL_INFINITE_TIMEOUT, in COM's seconds: no time limit. */
export const RPC_C_CANCEL_INFINITE_TIMEOUT = 0xffffffff

/** The id of ICancelMethodCalls. */
export const IID_ICancelMethodCalls = '00000029-0000-0000-c000-000000000046'

/** The id of IUnknown. */
export const IID_IUnknown = '00000000-0000-0000-c000-000000000046'

const names = new Map<number, HResultName>(
  Object.entries(HResult).map(([name, value]) => [value, name as HResultName]),
)

/** The name of an HRESULT, if the contract names it. */
export const knownName = (hresult: HRESULT): HResultName | undefined => names.get(hresult)

/** The name of an HRESULT, or its number in hex. */
export const nameOf = (hresult: HRESULT): ComErrorCode => names.get(hresult) ?? hex(hresult)

/** An HRESULT as Windows writes it: `0x80010002`. */
export const hex = (hresult: HRESULT): `0x${string}` =>
  `0x${(hresult >>> 0).toString(16).toUpperCase().padStart(8, '0')}`

const FACILITY_ITF = 4

/**
 * Whether the code means what the interface that returned it defines: the codes of FACILITY_ITF, of which COM keeps
 * those up to 0x1FF for itself. `vbObjectError + 512`, from a member of an object, is not CONNECT_E_NOCONNECTION.
 */
export const definedByInterface = (hresult: HRESULT): boolean =>
  hresult < 0 && ((hresult >>> 16) & 0x1fff) === FACILITY_ITF && (hresult & 0xffff) >= 0x200

/** Results of calls to a server that is gone. A server that is a client of others may return them as well. */
const gone: readonly HRESULT[] = [
  HResult.RPC_E_DISCONNECTED,
  HResult.RPC_E_SERVER_DIED,
  HResult.RPC_E_SERVER_DIED_DNE,
  HResult.RPC_S_SERVER_UNAVAILABLE,
  HResult.RPC_S_CALL_FAILED,
  HResult.RPC_S_CALL_FAILED_DNE,
  HResult.CO_E_OBJNOTCONNECTED,
]

/** Whether a call failed as calls to a server that is gone do. */
export const serverGone = (hresult: HRESULT): boolean => gone.includes(hresult)

export const failed = (hresult: HRESULT): boolean => hresult < 0
