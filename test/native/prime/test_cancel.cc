// CoTestCancel, looked up once.
#include "test_cancel.h"

#include "standin/functions.h"

namespace prime {

HRESULT TestCancel() {
  using Function = HRESULT(WINAPI*)();
  static const Function function = [] {
    // Through void*: -Wcast-function-type warns of a direct cast between function types.
    auto* found = reinterpret_cast<void*>(GetProcAddress(GetModuleHandleW(L"ole32.dll"), "CoTestCancel"));
    return found ? reinterpret_cast<Function>(found) : Function{com_cancel_CoTestCancel};
  }();
  return function();
}

}  // namespace prime
