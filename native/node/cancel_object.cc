// CancelObject, an ICancelMethodCalls that reports a cancel to JavaScript.
#include "node/cancel_object.h"

#include "node/environment.h"

namespace com_cancel {

CancelObject::CancelObject(const std::shared_ptr<Environment>& environment, HandleId id,
                           HRESULT cancel_result)
    : environment_(environment), outbox_(environment->outbox()), id_(id), cancel_result_(cancel_result) {}

HRESULT STDMETHODCALLTYPE CancelObject::Cancel(ULONG seconds) {
  State before = state_;
  if (before == State::kPending && FAILED(cancel_result_)) return cancel_result_;  // O9
  if (before != State::kPending || !state_.compare_exchange_strong(before, State::kCanceled))
    return before == State::kCanceled ? RPC_E_CALL_CANCELED : RPC_E_CALL_COMPLETE;
  try {
    if (GetCurrentThreadId() == owner_) {
      if (const auto environment = environment_.lock()) environment->NotifyCanceled(id_, seconds);
    } else {
      // Without waiting for the owner, which may be the thread that blocks.
      outbox_->PostCanceled(id_, seconds);
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
