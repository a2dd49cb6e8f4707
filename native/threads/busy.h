// RetryWhileBusy, which repeats a call that a busy server rejects.
#pragma once

#include <algorithm>

#include "host/call_scope.h"
#include "host/pump.h"
#include "threads/com_thread.h"
#include "threads/job.h"

namespace com_cancel {

// Excel's VBA_E_IGNORE: its object model is suspended, for example while the user edits a cell.
constexpr auto kVbaIgnore = static_cast<HRESULT>(0x800AC472);

inline bool IsBusy(HRESULT hr) {
  return hr == RPC_E_CALL_REJECTED || hr == RPC_E_SERVERCALL_RETRYLATER || hr == kVbaIgnore;
}

// A server that rejects a call has not executed it, so `call` may be repeated. This is for apartments where
// COM does not retry (message_filter.h), for the time after it has stopped, and for what it does not retry:
// activations, and servers that answer with a code of their own. It ends when the job is canceled.
template <typename Call>
HRESULT RetryWhileBusy(const ComThread& home, const Job& job, Call call,
                       CallScope::Of of = CallScope::Of::kCall) {
  constexpr DWORD kPause = 100;  // milliseconds
  const auto until = Clock::now() + std::chrono::milliseconds(home.options().busy_retry);
  for (;;) {
    CallScope scope(of);
    const HRESULT hr = scope.End(call());
    if (!IsBusy(hr) || job.canceled() || Clock::now() >= until) return hr;
    job.NoteRejected();
    PauseAsInCall((std::min)(kPause, MillisecondsUntil(until)));
    if (job.canceled()) return hr;
  }
}

}  // namespace com_cancel
