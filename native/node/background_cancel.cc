// CancelInBackground, for a cancel with a timeout on a JavaScript thread.
#include "node/background_cancel.h"

#include <memory>
#include <utility>

#include "host/pool.h"
#include "host/pump.h"

namespace com_cancel {
namespace {

constexpr DWORD kPollPeriod = 50;  // milliseconds

// Shared with the pool callback, which may outlive the caller.
struct Attempt {
  UniqueHandle done{CreateEventW(nullptr, TRUE, FALSE, nullptr)};
  HRESULT hresult = E_UNEXPECTED;
};

}  // namespace

HRESULT CancelInBackground(const Environment& environment, std::function<HRESULT()> cancel) {
  const auto attempt = std::make_shared<Attempt>();
  const bool submitted = attempt->done && pool::Run([attempt, function = std::move(cancel)] {
                           attempt->hresult = function();
                           SetEvent(attempt->done.get());
                         });
  if (!submitted) return E_OUTOFMEMORY;
  while (!WaitAsInCall(attempt->done.get(), kPollPeriod)) {
    if (environment.Terminating()) return RPC_E_CALL_CANCELED;
  }
  return attempt->hresult;
}

}  // namespace com_cancel
