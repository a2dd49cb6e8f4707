// ICancelMethodCalls for JavaScript.
#include "node/cancel_object.h"

#include "node/environment.h"

namespace com_cancel {

CancelObject::CancelObject(const std::shared_ptr<Environment>& environment, Key key, HRESULT cancel_result)
    : environment_(environment), outbox_(environment->outbox()), key_(key), cancel_result_(cancel_result) {}

HRESULT STDMETHODCALLTYPE CancelObject::Cancel(ULONG seconds) {
  State before = state_;
  if (before == State::kPending && FAILED(cancel_result_)) return cancel_result_;  // O9
  if (before != State::kPending || !state_.compare_exchange_strong(before, State::kCanceled))
    return before == State::kCanceled ? RPC_E_CALL_CANCELED : RPC_E_CALL_COMPLETE;
  try {
    if (GetCurrentThreadId() == owner_) {
      if (const auto environment = environment_.lock()) environment->NotifyCanceled(key_, seconds);
    } else {
      // Whoever cancels never waits for the owner, which may be the very thread that blocks.
      Message message(Message::Kind::kCanceled, key_);
      message.seconds = seconds;
      outbox_->Post(std::move(message));
    }
  } catch (...) {
    return E_OUTOFMEMORY;  // no exception may cross COM
  }
  return cancel_result_;
}

HRESULT STDMETHODCALLTYPE CancelObject::TestCancel() {
  switch (state_.load()) {
    case State::kCanceled:
      return RPC_E_CALL_CANCELED;
    case State::kCompleted:
      return RPC_E_CALL_COMPLETE;
    case State::kPending:
      break;
  }
  return RPC_S_CALLPENDING;
}

void CancelObject::Complete() {
  State pending = State::kPending;
  state_.compare_exchange_strong(pending, State::kCompleted);
}

}  // namespace com_cancel
