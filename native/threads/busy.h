// RetryWhileBusy, which repeats a call that a busy server rejects.
#pragma once

#include <algorithm>

#include "host/call_scope.h"
#include "host/pump.h"
#include "threads/com_thread.h"
#include "threads/job.h"

namespace com_cancel {

// A server that rejects a call has not executed it, so `call` may be repeated. This is for apartments where
// COM does not retry (message_filter.h), and for the time after it has stopped. It ends when the job is
// canceled.
template <typename Call>
HRESULT RetryWhileBusy(const ComThread& home, const Job& job, Call call) {
  constexpr DWORD kPause = 100;  // milliseconds
  const auto until = Clock::now() + std::chrono::milliseconds(home.options().busy_retry);
  for (;;) {
    CallScope scope;
    const HRESULT hr = scope.End(call());
    if (hr != RPC_E_CALL_REJECTED && hr != RPC_E_SERVERCALL_RETRYLATER) return hr;
    if (job.canceled() || Clock::now() >= until) return hr;
    PauseAsInCall((std::min)(kPause, MillisecondsUntil(until)));
  }
}

}  // namespace com_cancel
