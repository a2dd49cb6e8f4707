// Servers that reject calls because they are busy.
#pragma once

#include <algorithm>

#include "host/pump.h"
#include "standin/functions.h"
#include "threads/com_thread.h"
#include "threads/job.h"

namespace com_cancel {

// A server that rejects a call has not carried it out: it may be asked again. Where COM does not do so itself
// (message_filter.h), or not for long enough, this does, until the call is given up.
template <typename Step>
HRESULT AskAgainWhileBusy(const ComThread& home, const Job& job, Step step) {
  constexpr DWORD kPause = 100;  // milliseconds
  const auto until = Clock::now() + std::chrono::milliseconds(home.options().busy_retry);
  for (;;) {
    CallScope scope;
    const HRESULT hr = scope.End(step());
    if (hr != RPC_E_CALL_REJECTED && hr != RPC_E_SERVERCALL_RETRYLATER) return hr;
    if (job.given_up() || Clock::now() >= until) return hr;
    PauseAsInCall((std::min)(kPause, MillisecondsUntil(until)));
  }
}

}  // namespace com_cancel
