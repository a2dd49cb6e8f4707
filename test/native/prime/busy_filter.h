// BusyFilter, the message filter of the single-threaded server: rejects calls while the server is busy.
#pragma once

#include "host/counted_object.h"

namespace prime {

class BusyFilter final : public com_cancel::CountedObject<IMessageFilter> {
 public:
  // Incoming calls get this answer for the given time.
  void Reject(DWORD milliseconds, SERVERCALL answer);

  DWORD STDMETHODCALLTYPE HandleInComingCall(DWORD type, HTASK caller, DWORD ticks,
                                             LPINTERFACEINFO info) override;
  DWORD STDMETHODCALLTYPE RetryRejectedCall(HTASK callee, DWORD ticks, DWORD reject_type) override;
  DWORD STDMETHODCALLTYPE MessagePending(HTASK callee, DWORD ticks, DWORD pending_type) override;

 private:
  // For the apartment's thread only.
  ULONGLONG until_ = 0;
  SERVERCALL answer_ = SERVERCALL_ISHANDLED;
};

}  // namespace prime
