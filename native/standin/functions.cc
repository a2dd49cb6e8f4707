// COM's cancellation functions on the stacks of standin/stack.
#include "standin/functions.h"

#include "host/enable_count.h"
#include "host/returned.h"
#include "standin/stack.h"

using namespace com_cancel;
using Microsoft::WRL::ComPtr;

const StandInFamily com_cancel::stand_in_family = {
    {com_cancel_CoEnableCallCancellation, com_cancel_CoDisableCallCancellation, com_cancel_CoSetCancelObject,
     com_cancel_CoGetCancelObject, com_cancel_CoCancelCall, com_cancel_CoTestCancel},
    com_cancel_InstallChannelHook};

HRESULT WINAPI com_cancel_CoEnableCallCancellation(void* reserved) {
  if (reserved) return E_INVALIDARG;
  thread_stack::RemoveEnded();
  enable_count::Up();
  return S_OK;
}

HRESULT WINAPI com_cancel_CoDisableCallCancellation(void* reserved) {
  if (reserved) return E_INVALIDARG;
  thread_stack::RemoveEnded();
  return enable_count::Down() ? S_OK : CO_E_CANCEL_DISABLED;
}

HRESULT WINAPI com_cancel_CoSetCancelObject(IUnknown* object) {
  thread_stack::RemoveEnded();
  if (object) return thread_stack::Register(object);
  thread_stack::UnregisterTopmost();
  return S_OK;
}

HRESULT WINAPI com_cancel_CoGetCancelObject(DWORD thread, REFIID iid, void** object) {
  if (!object) return E_INVALIDARG;
  *object = nullptr;
  thread_stack::RemoveEnded();
  const auto topmost = thread_stack::Topmost(thread);
  return topmost ? topmost->QueryInterface(iid, object) : E_NOINTERFACE;
}

HRESULT WINAPI com_cancel_CoCancelCall(DWORD thread, ULONG seconds) {
  thread_stack::RemoveEnded();
  const auto topmost = thread_stack::Topmost(thread);
  return topmost ? topmost->Cancel(seconds) : E_NOINTERFACE;
}

HRESULT WINAPI com_cancel_CoTestCancel() {
  thread_stack::RemoveEnded();
  ComPtr<ICancelMethodCalls> call;
  const HRESULT hr = Returned(CoGetCallContext(IID_PPV_ARGS(&call)), call);
  return FAILED(hr) ? hr : call->TestCancel();
}
