// BusyFilter, the message filter of the single-threaded server.
#include "busy_filter.h"

namespace prime {

void BusyFilter::Reject(DWORD milliseconds, SERVERCALL answer) {
  until_ = GetTickCount64() + milliseconds;
  answer_ = answer;
}

DWORD BusyFilter::HandleInComingCall(DWORD, HTASK, DWORD, LPINTERFACEINFO info) {
  // Rejects only calls of members. Wine 8 also calls this for COM's internal calls, and a rejected Release is
  // lost.
  const bool ours = !info || info->iid == __uuidof(IDispatch);
  return ours && GetTickCount64() < until_ ? answer_ : SERVERCALL_ISHANDLED;
}

// Calls of this server to a busy client are not retried.
DWORD BusyFilter::RetryRejectedCall(HTASK, DWORD, DWORD) { return static_cast<DWORD>(-1); }

DWORD BusyFilter::MessagePending(HTASK, DWORD, DWORD) { return PENDINGMSG_WAITDEFPROCESS; }

}  // namespace prime
