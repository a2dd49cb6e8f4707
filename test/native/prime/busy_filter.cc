// What the single-threaded server answers while it is busy.
#include "busy_filter.h"

namespace prime {

void BusyFilter::Reject(DWORD milliseconds, SERVERCALL answer) {
  until_ = GetTickCount64() + milliseconds;
  answer_ = answer;
}

DWORD BusyFilter::HandleInComingCall(DWORD, HTASK, DWORD, LPINTERFACEINFO info) {
  // Calls of members only: Wine 8 asks for COM's own housekeeping too, and a rejected Release is lost.
  const bool ours = !info || info->iid == __uuidof(IDispatch);
  return ours && GetTickCount64() < until_ ? answer_ : SERVERCALL_ISHANDLED;
}

// Our own calls to a busy client: given up at once.
DWORD BusyFilter::RetryRejectedCall(HTASK, DWORD, DWORD) { return static_cast<DWORD>(-1); }

DWORD BusyFilter::MessagePending(HTASK, DWORD, DWORD) { return PENDINGMSG_WAITDEFPROCESS; }

}  // namespace prime
