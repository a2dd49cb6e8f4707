// A cancel that may take its timeout, asked for by a JavaScript thread.
#include "node/background_cancel.h"

#include <memory>
#include <utility>

#include "host/pool.h"
#include "host/pump.h"

namespace com_cancel {
namespace {

constexpr DWORD kLeavingPeriod = 50;  // milliseconds

// Outlives a caller who leaves first.
struct Answer {
  UniqueHandle given{CreateEventW(nullptr, TRUE, FALSE, nullptr)};
  HRESULT hresult = E_UNEXPECTED;
};

}  // namespace

HRESULT CancelPatiently(const Environment& environment, std::function<HRESULT()> cancel) {
  const auto answer = std::make_shared<Answer>();
  const bool submitted = answer->given && pool::Run([answer, cancel = std::move(cancel)] {
                           answer->hresult = cancel();
                           SetEvent(answer->given.get());
                         });
  if (!submitted) return E_OUTOFMEMORY;
  while (!WaitAsInCall(answer->given.get(), kLeavingPeriod)) {
    if (environment.Leaving()) return RPC_E_CALL_CANCELED;
  }
  return answer->hresult;
}

}  // namespace com_cancel
