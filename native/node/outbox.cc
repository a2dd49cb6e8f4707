// Outbox, the queue of messages from threads to one JavaScript environment.
#include "node/outbox.h"

#include <utility>

namespace com_cancel {

void Outbox::Open(napi_threadsafe_function wake) {
  const Guard guard(lock_);
  wake_ = wake;
}

bool Outbox::Post(Message message) {
  const Guard guard(lock_);
  if (!wake_) return false;
  messages_.push_back(std::move(message));
  // One call for all messages until the environment takes them. Under the lock, so that Close can't come
  // between.
  if (messages_.size() == 1) napi_call_threadsafe_function(wake_, nullptr, napi_tsfn_nonblocking);
  return true;
}

void Outbox::PostJobDone(JobId job, HRESULT hresult, std::unique_ptr<JobResult> result,
                         const Cancellation& cancellation) {
  Post(message::JobDone{job, hresult, std::move(result), cancellation});
}

void Outbox::PostJobOverdue(JobId job, const Cancellation& cancellation) {
  Post(message::JobOverdue{job, cancellation});
}

void Outbox::PostDone(CallbackId callback, HRESULT hresult) { Post(message::Done{callback, hresult}); }

void Outbox::PostThreadEnded(ComThreadId thread) { Post(message::ThreadEnded{thread}); }

bool Outbox::PostIncoming(std::shared_ptr<IncomingCall> call) {
  return Post(message::Incoming{std::move(call)});
}

void Outbox::PostIncomingCanceled(CallKey call) { Post(message::IncomingCanceled{call}); }

void Outbox::PostImplementationReleased(ImplementationId implementation) {
  Post(message::ImplementationReleased{implementation});
}

void Outbox::PostCanceled(HandleId object, ULONG seconds) { Post(message::Canceled{object, seconds}); }

void Outbox::PostCallSignaled(CallbackId signaled) { Post(message::CallSignaled{signaled}); }

void Outbox::PostCallReleased(CallbackId signaled) { Post(message::CallReleased{signaled}); }

void Outbox::PostHostStarted(message::HostStarted started) { Post(std::move(started)); }

void Outbox::PostHostEnded(message::HostEnded ended) { Post(std::move(ended)); }

void Outbox::PostHeartbeat(WatchdogId watchdog) { Post(message::Heartbeat{watchdog}); }

bool Outbox::closed() {
  const Guard guard(lock_);
  return wake_ == nullptr;
}

std::vector<Message> Outbox::Take() {
  const Guard guard(lock_);
  return std::exchange(messages_, {});
}

void Outbox::Close() {
  std::vector<Message> dropped;  // destroyed after the lock: messages may release much
  const Guard guard(lock_);
  if (!wake_) return;
  napi_release_threadsafe_function(std::exchange(wake_, nullptr), napi_tsfn_abort);
  dropped.swap(messages_);
}

}  // namespace com_cancel
