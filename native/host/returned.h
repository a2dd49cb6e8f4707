// Returned, which checks the pointer that a COM function returned: one place for what a success without a
// pointer means.
#pragma once

#include <wrl/client.h>

#include "host/win.h"

namespace com_cancel {

// The result of a COM function that has just stored a pointer. COM promises a pointer with a success, and
// null with a failure; a faulty server keeps neither promise. A success without a pointer is E_POINTER. After
// a failure the pointer is null: what a faulty server left there belongs to nobody.
template <typename T>
HRESULT Returned(HRESULT hr, T*& pointer) {
  if (FAILED(hr)) pointer = nullptr;
  return SUCCEEDED(hr) && !pointer ? E_POINTER : hr;
}
template <typename Interface>
HRESULT Returned(HRESULT hr, Microsoft::WRL::ComPtr<Interface>& pointer) {
  return Returned(hr, *pointer.GetAddressOf());
}

// QueryInterface. `found` must be null.
template <typename Interface>
HRESULT Query(IUnknown* object, Microsoft::WRL::ComPtr<Interface>& found) {
  const HRESULT hr =
      object->QueryInterface(__uuidof(Interface), reinterpret_cast<void**>(found.GetAddressOf()));
  return Returned(hr, found);
}

}  // namespace com_cancel
