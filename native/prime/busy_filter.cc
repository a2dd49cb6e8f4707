// What the single-threaded server answers while it is busy.
#include "busy_filter.h"

namespace prime {

void BusyFilter::Reject(DWORD milliseconds, SERVERCALL answer) {
  until_ = GetTickCount64() + milliseconds;
  answer_ = answer;
}

DWORD BusyFilter::HandleInComingCall(DWORD, HTASK, DWORD, LPINTERFACEINFO) {
  return GetTickCount64() < until_ ? answer_ : SERVERCALL_ISHANDLED;
}

// Our own calls to a busy client: given up at once.
DWORD BusyFilter::RetryRejectedCall(HTASK, DWORD, DWORD) { return static_cast<DWORD>(-1); }

DWORD BusyFilter::MessagePending(HTASK, DWORD, DWORD) { return PENDINGMSG_WAITDEFPROCESS; }

}  // namespace prime
