// A marshaled call under the stand-in: the cancel object and the call context.
#include "standin/call.h"

#include <algorithm>

#include "host/static_object.h"

namespace com_cancel {
namespace {

// The header's is -1, COM's parameter unsigned.
constexpr auto kInfinite = static_cast<ULONG>(RPC_C_CANCEL_INFINITE_TIMEOUT);
constexpr auto kNever = Clock::time_point::max();

class Disabled final : public StaticObject<ICancelMethodCalls> {
 public:
  HRESULT STDMETHODCALLTYPE Cancel(ULONG) override { return CO_E_CANCEL_DISABLED; }
  HRESULT STDMETHODCALLTYPE TestCancel() override { return RPC_S_CALLPENDING; }
};

Disabled disabled;

}  // namespace

bool StackMark::LeftAt(const StackMark& now, std::uintptr_t slack) const {
  ULONG_PTR low = 0;
  ULONG_PTR high = 0;
  GetCurrentThreadStackLimits(&low, &high);
  // A mark of another stack, such as a fiber's, can't be compared.
  return low <= at_ && at_ < high && now.at_ >= at_ && now.at_ - at_ >= slack;
}

HRESULT OutgoingCall::Cancel(ULONG seconds) {
  std::unique_lock<Lock> lock(lock_);
  if (state_ == State::kCompleted) return RPC_E_CALL_COMPLETE;
  if (state_ == State::kReleased) return RPC_E_CALL_CANCELED;
  const bool first = !canceled_;
  canceled_ = true;
  if (first) flag_.Set();
  if (seconds != kInfinite) {
    // A second cancel returns RPC_E_CALL_CANCELED (C4), but the shorter timeout counts for the first one,
    // too.
    release_at_ = std::min(release_at_, Clock::now() + std::chrono::seconds(seconds));
    changed_.WakeAll();
  }
  if (!first) return RPC_E_CALL_CANCELED;
  while (state_ == State::kPending && Clock::now() < release_at_) SleepUntilReleased(lock);
  return state_ == State::kCompleted ? RPC_E_CALL_COMPLETE : S_OK;  // C5
}

void OutgoingCall::SleepUntilReleased(std::unique_lock<Lock>& held) {
  if (release_at_ == kNever)
    changed_.Sleep(held);
  else
    changed_.SleepUntil(held, release_at_);
}

HRESULT OutgoingCall::TestCancel() {
  const Guard guard(lock_);
  if (state_ == State::kCompleted) return RPC_E_CALL_COMPLETE;
  return canceled_ ? RPC_E_CALL_CANCELED : RPC_S_CALLPENDING;
}

bool OutgoingCall::Return() {
  const Guard guard(lock_);
  if (state_ == State::kPending) {
    state_ = release_at_ <= Clock::now() ? State::kReleased : State::kCompleted;
    // The method of a canceled call may still run, and look. Its flag is given back with this object.
    if (!canceled_) flag_.GiveBack();
    changed_.WakeAll();
  }
  return state_ == State::kReleased;
}

ICancelMethodCalls* DisabledCall() { return &disabled; }

HRESULT CallContext::QueryInterface(REFIID iid, void** object) {
  const HRESULT hr = CountedObject::QueryInterface(iid, object);
  // A context belongs to its thread and to its call.
  if (hr != E_NOINTERFACE || !before_ || over_ || GetCurrentThreadId() != thread_) return hr;
  return before_->QueryInterface(iid, object);
}

HRESULT CallContext::TestCancel() {
  const char here = 0;
  // Also checks the stack: when a method raises an exception, COM does not notify the hook of its end.
  if (over_ || (GetCurrentThreadId() == thread_ && begin_.LeftAt(StackMark(&here), kStackSlack)))
    return RPC_E_CALL_COMPLETE;
  switch (flag_.Look()) {
    case FlagView::State::kPending:
      return RPC_S_CALLPENDING;
    case FlagView::State::kCanceled:
      return RPC_E_CALL_CANCELED;
    default:
      return RPC_E_CALL_COMPLETE;
  }
}

HRESULT CallContext::Enter() { return CoSwitchCallContext(this, &before_); }

bool CallContext::Leave(bool only_if_current) {
  IUnknown* current = nullptr;
  if (SUCCEEDED(CoSwitchCallContext(before_, &current)) && only_if_current && current != this) {
    IUnknown* ours = nullptr;
    CoSwitchCallContext(current, &ours);
    return false;
  }
  over_ = true;
  return true;
}

}  // namespace com_cancel
