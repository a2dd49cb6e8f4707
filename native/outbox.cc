// What threads have to tell one JavaScript environment.
#include "outbox.h"

#include <utility>

namespace com_cancel {

void Outbox::Open(napi_threadsafe_function wake) {
  const Guard guard(lock_);
  wake_ = wake;
}

void Outbox::Post(const Message& message) {
  const Guard guard(lock_);
  if (!wake_) return;
  messages_.push_back(message);
  // One wake for all that gathers until the environment takes it. Under the lock, so that Close can't come
  // between.
  if (messages_.size() == 1) napi_call_threadsafe_function(wake_, nullptr, napi_tsfn_nonblocking);
}

std::vector<Message> Outbox::Take() {
  const Guard guard(lock_);
  return std::exchange(messages_, {});
}

void Outbox::Close() {
  const Guard guard(lock_);
  if (!wake_) return;
  napi_release_threadsafe_function(std::exchange(wake_, nullptr), napi_tsfn_abort);
  messages_.clear();
}

}  // namespace com_cancel
