// The cancellation family for systems whose ole32 lacks it, in COM's own signatures.
//
// The family is used as a whole, so that its parts agree: the stand-in has the enable counts and the stacks
// of cancel objects that ole32 would have. The addon exports these functions, so that other native code of
// the process uses the same stacks. The call contexts are the system's own (CoGetCallContext). A channel hook
// registers cancel objects, which the system's proxies do not, and notifies the server of a cancel. Contract:
// rules E, O, C, S.
//
// functions: COM's functions. stack: the stack of each thread. call: a call as its client and as its server
// see it. shared: the flags that two processes share. hook: the channel hook. rpc: how the thread that a call
// blocks is released. message: an RPC message. methods_left: the methods of canceled calls that still run.
// late_reply: what their replies bring. imports: functions that a module imports.
#pragma once

#include "host/ole32.h"
#include "host/win.h"

// The addon exports these functions (exports.def); a test server links the library.
extern "C" {

HRESULT WINAPI com_cancel_CoEnableCallCancellation(void* reserved);
HRESULT WINAPI com_cancel_CoDisableCallCancellation(void* reserved);
HRESULT WINAPI com_cancel_CoSetCancelObject(IUnknown* object);
HRESULT WINAPI com_cancel_CoGetCancelObject(DWORD thread, REFIID iid, void** object);
HRESULT WINAPI com_cancel_CoCancelCall(DWORD thread, ULONG seconds);
HRESULT WINAPI com_cancel_CoTestCancel();

// Installs the channel hook: from now on this process's outgoing marshaled calls have cancel objects, and its
// incoming calls have contexts. For a program that uses the stand-in as its family; not for a system that has
// the real one. It is never undone: COM keeps channel hooks, and so the module, until the process ends.
// Returns S_FALSE, and nothing changes, where another copy of this library has called this function or
// ServeCancellation in this process: the calls of this copy's threads register nothing.
HRESULT WINAPI com_cancel_InstallChannelHook();

// For a server: from now on its incoming calls have contexts that report whether the caller canceled. Returns
// S_FALSE, and nothing changes, where the system has the family or another copy of this library does it
// already. A server that cancels calls of its own uses com_cancel_InstallChannelHook instead, or later.
HRESULT WINAPI com_cancel_ServeCancellation();
}

namespace com_cancel {

// The functions above, for Ole32.
extern const StandInFamily stand_in_family;

}  // namespace com_cancel
