// CallScope, and the handlers that the stand-in installs for it.
#include "host/call_scope.h"

#include <atomic>

namespace com_cancel {
namespace {

std::atomic<const CallScopeHandlers*> installed{nullptr};

}  // namespace

void InstallCallScopes(const CallScopeHandlers& handlers) { installed = &handlers; }

CallScope::CallScope(Of of) noexcept {
  const CallScopeHandlers* const handlers = installed;
  if (handlers && handlers->open(&canceled_, of == Of::kActivation)) open_ = handlers;
}

HRESULT CallScope::End(HRESULT result) noexcept {
  if (const CallScopeHandlers* const handlers = open_) {
    open_ = nullptr;
    handlers->close(&canceled_);
  }
  return canceled_ ? RPC_E_CALL_CANCELED : result;
}

bool CallScope::MethodsLeft() noexcept {
  const CallScopeHandlers* const handlers = installed;
  return handlers && handlers->methods_left();
}

}  // namespace com_cancel
