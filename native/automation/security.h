// InitializeSecurity and SetProxyBlanket: who calls are made as, and how they are protected.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "automation/call.h"
#include "automation/pointer.h"
#include "threads/com_thread.h"
#include "threads/job.h"

namespace com_cancel {

// binding.d.ts's CallSecurity.
struct CallSecurity {
  DWORD authentication = 0;
  DWORD impersonation = 0;
  DWORD capabilities = 0;
};

// binding.d.ts's ProxyBlanket.
struct ProxyBlanket : CallSecurity {
  DWORD service = 0;
  DWORD authorization = 0;
  std::optional<std::u16string> principal;  // none: COM negotiates it
};

// CoInitializeSecurity, on any thread.
HRESULT InitializeSecurity(const CallSecurity& security);

// CoSetProxyBlanket on a thread of the apartment of `home`, for each interface of the object that we call.
// RPC_E_DISCONNECTED for a null object, which JavaScript has released, E_NOINTERFACE for one without a proxy.
std::unique_ptr<Outcome> SetProxyBlanket(ComThread& home, const std::shared_ptr<Pointer>& object,
                                         const ProxyBlanket& blanket, const Job& job);

}  // namespace com_cancel
