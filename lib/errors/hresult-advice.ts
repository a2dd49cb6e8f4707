// Advice for error messages: the meaning of an HRESULT, and what to do about it.
import type { HRESULT } from '../../binding'
import { definedByInterface, type HResultName, knownName } from './hresult'
import { systemText } from './system-text'

type Advice = Partial<Record<HResultName, string>>

const died = 'the server went away in the middle of the call; make a new object'
const unavailable = 'the server is not running any more, or its machine can not be reached; make a new object'
const busyAdvice =
  'the server is busy and accepted no call; try again later, or start a thread of a single-threaded apartment with a longer busyRetry'

const advice: Advice = {
  E_NOTIMPL: 'the call does not support being canceled',
  E_NOINTERFACE: 'no cancelable call is pending on that thread, or the object lacks the interface',
  E_ACCESSDENIED: 'a block on cancel operations is in force',
  E_INVALIDARG: 'an argument has a value that COM refuses',
  RPC_E_CALL_REJECTED: busyAdvice,
  RPC_E_CALL_CANCELED: 'the call was canceled',
  RPC_E_SERVER_DIED: 'the server went away in the middle of the call',
  RPC_E_SERVER_DIED_DNE: 'the server ended before it executed the call',
  RPC_E_SERVERFAULT: 'the server failed in the middle of the call',
  RPC_E_CHANGED_MODE: 'the thread is already initialized for another kind of apartment',
  RPC_E_DISCONNECTED: 'it was disposed; make a new one',
  RPC_E_SERVERCALL_RETRYLATER: busyAdvice,
  RPC_E_SERVERCALL_REJECTED: busyAdvice,
  RPC_E_CANTCALLOUT_ININPUTSYNCCALL: 'no call may be made while the thread answers a synchronous message',
  RPC_E_WRONG_THREAD: 'it belongs to another thread; use it on the thread that made it',
  RPC_S_CALLPENDING: 'a call is still pending',
  RPC_E_CALL_COMPLETE: 'the call has completed, or there is no call',
  RPC_E_TOO_LATE:
    'the security of the process is set once, at the latest by its first call to COM; call initializeSecurity at the start of the program, before a ComThread makes an object',
  RPC_E_TIMEOUT: 'the server did not answer in time',
  CO_E_CANCEL_DISABLED:
    'cancellation is not enabled on the thread; call coEnableCallCancellation on it before the call is made',
  RPC_S_SERVER_UNAVAILABLE: unavailable,
  RPC_S_CALL_FAILED: died,
  RPC_S_CALL_FAILED_DNE: 'the server ended before it executed the call; make a new object',
  DISP_E_UNKNOWNINTERFACE: 'the object does not support the interface',
  DISP_E_MEMBERNOTFOUND:
    'the object has no such member, or not of this kind (a method, a readable or writable property)',
  DISP_E_PARAMNOTFOUND: 'no parameter has this name',
  DISP_E_TYPEMISMATCH: 'the value is of a type the server does not take; variant() gives it another',
  DISP_E_UNKNOWNNAME: 'the object has no member of this name',
  DISP_E_NONAMEDARGS: 'the member takes no named arguments',
  DISP_E_BADVARTYPE: 'the server does not support the type of an argument; variant() gives it another',
  DISP_E_EXCEPTION: 'the server reported an error without saying more',
  DISP_E_OVERFLOW: 'a value is out of the range of the type that the server takes',
  DISP_E_BADINDEX: 'the index is out of range',
  DISP_E_UNKNOWNLCID: 'the server does not support the language of the caller',
  DISP_E_ARRAYISLOCKED: 'the array is in use',
  DISP_E_BADPARAMCOUNT: 'it takes another number of arguments',
  DISP_E_PARAMNOTOPTIONAL: 'an argument is missing that can not be left out',
  DISP_E_BADCALLEE: 'the server does not take this call',
  DISP_E_NOTACOLLECTION: 'the object is no collection',
  DISP_E_DIVBYZERO: 'division by zero',
  DISP_E_BUFFERTOOSMALL: 'a buffer is too small',
  VBA_E_IGNORE:
    'Excel accepts no call while the user edits a cell or a dialog is open; try again later, or start a thread with a longer busyRetry',
  TYPE_E_LIBNOTREGISTERED: "the object's type library is not registered",
  TYPE_E_WRONGTYPEKIND: 'the interface is of another kind than is needed here',
  TYPE_E_ELEMENTNOTFOUND: "the object's type information does not have it",
  TYPE_E_CANTLOADLIBRARY: 'the file is missing, or has no type library',
  CLASS_E_CLASSNOTAVAILABLE: 'the server is there but does not have the class',
  REGDB_E_CLASSNOTREG:
    'the class is not registered for the requested context; is the server installed, and for this architecture?',
  REGDB_E_IIDNOTREG: 'no proxy is registered for the interface',
  MK_E_CONNECTMANUALLY: 'the moniker needs a connection that has to be made by hand',
  MK_E_EXCEEDEDDEADLINE: 'it took longer than allowed',
  MK_E_NEEDGENERIC: 'the moniker needs to be generic',
  MK_E_UNAVAILABLE: 'no such object is running or available',
  MK_E_SYNTAX: 'the moniker is malformed, or its scheme unknown',
  MK_E_NOOBJECT: 'there is no object of this name',
  MK_E_INVALIDEXTENSION: 'no class is registered for the extension of the file',
  MK_E_INTERMEDIATEINTERFACENOTSUPPORTED: 'an object in the chain lacks an interface that binding needs',
  MK_E_NOTBINDABLE: 'the moniker leads to no object',
  MK_E_NOTBOUND: 'the moniker was not bound',
  MK_E_CANTOPENFILE: 'the file can not be opened',
  MK_E_MUSTBOTHERUSER: 'the moniker needs a decision of the user',
  MK_E_NOINVERSE: 'the moniker has no inverse',
  MK_E_NOSTORAGE: 'the moniker names no storage',
  MK_E_NOPREFIX: 'the monikers have nothing in common',
  MK_E_ENUMERATION_FAILED: 'the parts of the moniker could not be listed',
  CO_E_NOTINITIALIZED: 'COM is not initialized on this thread; call coInitializeEx first',
  CO_E_CLASSSTRING: 'no class of this name is registered (ProgID), or the CLSID is malformed',
  CO_E_APPNOTFOUND: 'the program of the server is not where it was registered',
  CO_E_DLLNOTFOUND: 'the library of the server is not where it was registered',
  CO_E_ERRORINDLL: 'the library of the server could not be loaded; is it of this architecture?',
  CO_E_OBJNOTREG: 'the object is not registered',
  CO_E_OBJNOTCONNECTED: 'the object is not connected to its server any more; make a new object',
  CO_E_APPDIDNTREG: 'the server was started but did not register its class',
  CO_E_SERVER_EXEC_FAILURE: 'the server could not be started, or did not register its class in time',
  CONNECT_E_NOCONNECTION: 'the object has no events of this interface, or the connection is gone',
  CONNECT_E_ADVISELIMIT: 'the object takes no more connections',
  CONNECT_E_CANNOTCONNECT: 'the object refuses to connect this sink to its events',
}

/** Advice for calls to objects, where a code means something else than for a function of this package. */
const adviceForCalls: Advice = {
  E_NOTIMPL: 'the object does not implement it',
  E_POINTER: 'a pointer is missing: the server was given none, or it reported a success and returned none',
  E_NOINTERFACE: 'the object lacks an interface that is needed for it',
  E_ACCESSDENIED: 'access is denied',
  RPC_E_DISCONNECTED:
    'the object is gone: it was released, its thread was disposed, or its server dropped it; make a new one',
  RPC_E_SERVER_DIED: died,
  RPC_E_SERVER_DIED_DNE: 'the server ended before it executed the call; make a new object',
  CO_E_NOTINITIALIZED: 'COM is not initialized on the thread any more',
}

/** Advice for members of objects. The code is that of the server, and says nothing about the call itself. */
const adviceForMembers: Advice = {
  E_INVALIDARG: 'the server refuses the value of an argument',
  // The members of MAPI return this code as MAPI_E_LOGON_FAILED.
  CLASS_E_CLASSNOTAVAILABLE: '',
  REGDB_E_CLASSNOTREG: 'class not registered',
  REGDB_E_IIDNOTREG: 'interface not registered',
  MK_E_UNAVAILABLE: 'operation unavailable',
  CO_E_CLASSSTRING: 'invalid class string',
}

const from = (table: Advice, hresult: HRESULT): string | undefined => {
  const name = knownName(hresult)
  return name && table[name]
}

/** The advice for an HRESULT, or the system's text; empty when there is neither. */
export const adviceOn = (hresult: HRESULT): string => from(advice, hresult) ?? systemText(hresult) ?? ''

/** The same for a function that is called on an object or that makes one. */
export const adviceOnCall = (hresult: HRESULT): string => from(adviceForCalls, hresult) ?? adviceOn(hresult)

/**
 * The same for a member of an object. COM's codes for classes, monikers and connections, which are FACILITY_ITF, have
 * their names and the system's text only, because a member may give them another meaning.
 */
export const adviceOnMember = (hresult: HRESULT): string => {
  if (definedByInterface(hresult)) return ''
  return from(adviceForMembers, hresult) ?? adviceOnCall(hresult)
}
