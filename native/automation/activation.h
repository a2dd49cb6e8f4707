// Getting hold of objects: CoCreateInstanceEx, GetActiveObject, CoGetObject.
#pragma once

#include <wrl/client.h>

#include <string>

#include "host/win.h"

namespace com_cancel {

// binding.d.ts's Activation.
struct Activation {
  enum class Kind { kCreate, kActive, kMoniker };
  Kind kind = Kind::kCreate;
  std::u16string name;
  DWORD context = 0;
  std::u16string server;  // empty: this machine
};

// An IDispatch where the object has one, else its IUnknown. A success without an object is what a canceled
// activation may come back as: it becomes RPC_E_CALL_CANCELED (C13).
HRESULT Activate(const Activation& activation, Microsoft::WRL::ComPtr<IUnknown>& object);

}  // namespace com_cancel
