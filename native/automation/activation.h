// Activate, which gets an object by CoCreateInstanceEx, GetActiveObject or CoGetObject, or from a host
// process.
#pragma once

#include <wrl/client.h>

#include <memory>
#include <optional>
#include <string>

#include "automation/call.h"
#include "host/win.h"
#include "hosting/host_process.h"
#include "threads/com_thread.h"
#include "threads/job.h"

namespace com_cancel {

// binding.d.ts's Activation.
struct Activation {
  enum class Kind { kCreate, kActive, kMoniker, kHosted, kTypeLibrary };
  Kind kind = Kind::kCreate;
  std::u16string name;
  DWORD context = 0;
  std::u16string server;  // empty: this machine
  // Of a moniker: whether `context` and `window` are passed to it.
  bool bind = false;
  HWND window = nullptr;
  // Of a hosted object.
  std::shared_ptr<hosting::HostProcess> host;
  hosting::MadeIn made_in = hosting::MadeIn::kAsRegistered;
};

// On a thread of the apartment of `home`. The object's IDispatch if it has one, else its IUnknown. Retried
// while the server is busy. A canceled activation may succeed without an object: that becomes
// RPC_E_CALL_CANCELED (C13). `failure` gets what a class in a host process tells about its failure.
HRESULT Activate(const ComThread& home, const Activation& activation, const Job& job,
                 Microsoft::WRL::ComPtr<IUnknown>& object, std::optional<ExceptionText>& failure);

}  // namespace com_cancel
