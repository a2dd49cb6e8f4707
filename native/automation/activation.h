// Activate, which gets an object by CoCreateInstanceEx, GetActiveObject or CoGetObject.
#pragma once

#include <wrl/client.h>

#include <string>

#include "host/win.h"
#include "threads/com_thread.h"
#include "threads/job.h"

namespace com_cancel {

// binding.d.ts's Activation.
struct Activation {
  enum class Kind { kCreate, kActive, kMoniker };
  Kind kind = Kind::kCreate;
  std::u16string name;
  DWORD context = 0;
  std::u16string server;  // empty: this machine
  // Of a moniker: whether `context` and `window` are passed to it.
  bool bind = false;
  HWND window = nullptr;
};

// On a thread of the apartment of `home`. The object's IDispatch if it has one, else its IUnknown. Retried
// while the server is busy. A canceled activation may succeed without an object: that becomes
// RPC_E_CALL_CANCELED (C13).
HRESULT Activate(const ComThread& home, const Activation& activation, const Job& job,
                 Microsoft::WRL::ComPtr<IUnknown>& object);

}  // namespace com_cancel
