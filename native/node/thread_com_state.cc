// ThreadComState, the changes that an environment made to the COM state of its own thread.
#include "node/thread_com_state.h"

#include "host/ole32.h"
#include "node/object_handle.h"

namespace com_cancel {

HRESULT ThreadComState::InitializeEx(DWORD flags) {
  constexpr DWORD kKnown = COINIT_APARTMENTTHREADED | COINIT_DISABLE_OLE1DDE | COINIT_SPEED_OVER_MEMORY;
  if (flags & ~kKnown) return E_INVALIDARG;  // Wine accepts unknown flags
  const HRESULT hr = Ole32::Get().InitializeEx(nullptr, flags);
  if (SUCCEEDED(hr)) ++initialized_;
  return hr;
}

HRESULT ThreadComState::Uninitialize() {
  // The host program may have initialized COM on this thread, too: only our own calls are undone.
  if (initialized_ == 0) return CO_E_NOTINITIALIZED;
  --initialized_;
  Ole32::Get().Uninitialize();
  return S_OK;
}

HRESULT ThreadComState::EnableCallCancellation(void* reserved) {
  const HRESULT hr = Ole32::Get().EnableCallCancellation(reserved);
  if (hr == S_OK) ++enabled_;
  return hr;
}

HRESULT ThreadComState::DisableCallCancellation(void* reserved) {
  const HRESULT hr = Ole32::Get().DisableCallCancellation(reserved);
  if ((hr == S_OK || hr == CO_E_CANCEL_DISABLED) && enabled_ > 0)
    --enabled_;  // right under either reading of the documentation, as in ole32.cc
  return hr;
}

HRESULT ThreadComState::SetCancelObject(ObjectHandle* handle) {
  const HRESULT hr = Ole32::Get().SetCancelObject(handle ? handle->object() : nullptr);
  if (FAILED(hr)) return hr;
  if (handle)
    registered_.push_back(Napi::Persistent(handle->Value()));
  else if (!registered_.empty())
    registered_.pop_back();
  return hr;
}

HRESULT ThreadComState::SwitchCallContext(ObjectHandle* handle, IUnknown** before) {
  const HRESULT hr = Ole32::Get().SwitchCallContext(handle ? handle->object() : nullptr, before);
  if (FAILED(hr)) return hr;
  // The reference for the caller, before the one that has kept the object alive may go.
  if (*before) (*before)->AddRef();
  if (handle)
    context_ = Napi::Persistent(handle->Value());
  else
    context_.Reset();
  context_object_ = handle ? handle->reference() : nullptr;
  return hr;
}

void ThreadComState::UnregisterObjects() {
  for (; !registered_.empty(); registered_.pop_back()) Ole32::Get().SetCancelObject(nullptr);
  if (!context_object_) return;
  IUnknown* before = nullptr;
  if (SUCCEEDED(SwitchCallContext(nullptr, &before)) && before) before->Release();
}

void ThreadComState::LeaveApartment() {
  for (; enabled_ > 0; --enabled_) Ole32::Get().DisableCallCancellation(nullptr);
  for (; initialized_ > 0; --initialized_) Ole32::Get().Uninitialize();
}

}  // namespace com_cancel
