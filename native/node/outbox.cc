// What threads have to tell one JavaScript environment.
#include "node/outbox.h"

#include <utility>

#include "automation/call.h"

namespace com_cancel {

Message::Message(Kind kind, Key key, HRESULT hresult) : kind(kind), key(key), hresult(hresult) {}
Message::Message(Key key, std::unique_ptr<Outcome> outcome)
    : kind(Kind::kDone), key(key), hresult(outcome->hresult), outcome(std::move(outcome)) {}
Message::Message(Message&&) noexcept = default;
Message& Message::operator=(Message&&) noexcept = default;
Message::~Message() = default;

void Outbox::Open(napi_threadsafe_function wake) {
  const Guard guard(lock_);
  wake_ = wake;
}

bool Outbox::Post(Message message) {
  const Guard guard(lock_);
  if (!wake_) return false;
  messages_.push_back(std::move(message));
  // One wake for all that gathers until the environment takes it. Under the lock, so that Close can't come
  // between.
  if (messages_.size() == 1) napi_call_threadsafe_function(wake_, nullptr, napi_tsfn_nonblocking);
  return true;
}

bool Outbox::closed() {
  const Guard guard(lock_);
  return wake_ == nullptr;
}

std::vector<Message> Outbox::Take() {
  const Guard guard(lock_);
  return std::exchange(messages_, {});
}

void Outbox::Close() {
  std::vector<Message> lost;  // destroyed after the lock: what they carry may have much to release
  const Guard guard(lock_);
  if (!wake_) return;
  napi_release_threadsafe_function(std::exchange(wake_, nullptr), napi_tsfn_abort);
  lost.swap(messages_);
}

}  // namespace com_cancel
