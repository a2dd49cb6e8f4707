// The message filter of the single-threaded server: turns calls away while it is busy.
#pragma once

#include "host/counted_object.h"

namespace prime {

class BusyFilter final : public com_cancel::CountedObject<IMessageFilter> {
 public:
  // For so long, incoming calls get this answer.
  void Reject(DWORD milliseconds, SERVERCALL answer);

  DWORD STDMETHODCALLTYPE HandleInComingCall(DWORD type, HTASK caller, DWORD ticks,
                                             LPINTERFACEINFO info) override;
  DWORD STDMETHODCALLTYPE RetryRejectedCall(HTASK callee, DWORD ticks, DWORD reject_type) override;
  DWORD STDMETHODCALLTYPE MessagePending(HTASK callee, DWORD ticks, DWORD pending_type) override;

 private:
  // Of the apartment's thread only, on which Reject is called and COM asks.
  ULONGLONG until_ = 0;
  SERVERCALL answer_ = SERVERCALL_ISHANDLED;
};

}  // namespace prime
