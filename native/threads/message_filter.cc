// MessageFilter, the message filter of a single-threaded apartment.
#include "threads/message_filter.h"

#include <new>

#include "host/counted_object.h"
#include "threads/com_thread.h"

namespace com_cancel {
namespace {

// What RetryRejectedCall returns: no retry, or the milliseconds until the retry (100 at least).
constexpr DWORD kNoRetry = static_cast<DWORD>(-1);
constexpr DWORD kRetryAfter = 100;

class Filter final : public CountedObject<IMessageFilter> {
 public:
  explicit Filter(ComThread& thread) : thread_(thread) {}

  DWORD STDMETHODCALLTYPE HandleInComingCall(DWORD, HTASK, DWORD, LPINTERFACEINFO) override {
    return SERVERCALL_ISHANDLED;
  }
  DWORD STDMETHODCALLTYPE RetryRejectedCall(HTASK, DWORD elapsed, DWORD reason) override {
    const bool retry = reason == SERVERCALL_RETRYLATER && elapsed < thread_.options().busy_retry;
    if (!retry || thread_.IsCallCanceled()) return kNoRetry;
    thread_.NoteRejected();
    return kRetryAfter;
  }
  DWORD STDMETHODCALLTYPE MessagePending(HTASK, DWORD, DWORD) override {
    return thread_.IsCallCanceled() ? PENDINGMSG_CANCELCALL : PENDINGMSG_WAITDEFPROCESS;
  }

 private:
  ComThread& thread_;  // the filter is revoked before the thread ends
};

}  // namespace

MessageFilter::MessageFilter(ComThread& thread) {
  if (!thread.options().single_threaded) return;
  const auto filter = TakeOver(new (std::nothrow) Filter(thread));
  registered_ = filter && SUCCEEDED(CoRegisterMessageFilter(filter.Get(), nullptr));
}

MessageFilter::~MessageFilter() {
  if (registered_) CoRegisterMessageFilter(nullptr, nullptr);
}

}  // namespace com_cancel
