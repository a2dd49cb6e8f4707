// The cancellation family for hosts whose ole32 lacks it, in COM's own signatures.
//
// Taken as a whole, so that its parts agree: it keeps the enable counts and the stacks of cancel objects that
// ole32 would keep. The addon exports these functions, so that other native code of the process works on the
// same stacks. The call contexts are the host's own (CoGetCallContext). A channel hook registers what the
// host's proxies don't, and tells the server; see standin_hook.cc. Rules: contract E, O, C, S.
//
// The parts: standin.cc the functions, standin_stack the stack of each thread, standin_call a call as its
// caller and as its server see it, standin_shared the flags that two processes share, standin_hook the hook.
#pragma once

#include "host/win.h"

// The addon exports them; a test server that links the library as it is simply has them.
#define COM_CANCEL_API extern "C" __declspec(dllexport)

COM_CANCEL_API HRESULT WINAPI com_cancel_CoEnableCallCancellation(void* reserved);
COM_CANCEL_API HRESULT WINAPI com_cancel_CoDisableCallCancellation(void* reserved);
COM_CANCEL_API HRESULT WINAPI com_cancel_CoSetCancelObject(IUnknown* object);
COM_CANCEL_API HRESULT WINAPI com_cancel_CoGetCancelObject(DWORD thread, REFIID iid, void** object);
COM_CANCEL_API HRESULT WINAPI com_cancel_CoCancelCall(DWORD thread, ULONG seconds);
COM_CANCEL_API HRESULT WINAPI com_cancel_CoTestCancel();

// From now on this process's outgoing marshaled calls have cancel objects, and its incoming ones contexts.
// For whoever takes the stand-in as the family; not for a host that has the real one. Never undone: COM keeps
// channel hooks, and so the module, until the process ends. S_FALSE, and nothing changes, where another copy
// of this library has done it, or ServeCancellation, in this process: the calls of this copy's threads
// register nothing.
COM_CANCEL_API HRESULT WINAPI com_cancel_InstallChannelHook();

// For a server: from now on its incoming calls have contexts that know whether the caller canceled. S_FALSE,
// and nothing changes, where the host has the family or another copy of this library does it already. A
// server that wants to cancel calls of its own takes com_cancel_InstallChannelHook instead, or later.
COM_CANCEL_API HRESULT WINAPI com_cancel_ServeCancellation();

namespace com_cancel {

// Around one call that our own code makes, on the thread that makes it. Unlike real proxies, the stand-in can
// neither bring a canceled call's thread back before the server answers, nor change what the proxy returns;
// and COM doesn't tell a hook that a call has failed. This knows all of it. Costs nothing without the hook.
class CallScope {
 public:
  enum class Of {
    kCall,
    // The activation of an object: several marshaled calls and the wait for a starting process, under one
    // cancel object from begin to end.
    kActivation,
  };

  explicit CallScope(Of of = Of::kCall) noexcept;
  ~CallScope() { End(S_OK); }
  CallScope(const CallScope&) = delete;
  CallScope& operator=(const CallScope&) = delete;

  // The call has returned `result`: what its caller is to get. RPC_E_CALL_CANCELED when it was canceled (C7):
  // results there may be none the less, and are to be dropped (C8).
  HRESULT End(HRESULT result) noexcept;

 private:
  bool open_ = false;
  bool canceled_ = false;
};

}  // namespace com_cancel
