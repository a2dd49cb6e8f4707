// Wait, a blocking call with a cancel object.
#include "threads/wait_call.h"

#include <algorithm>
#include <new>

#include "host/counted_object.h"
#include "host/enable_count.h"
#include "host/ole32.h"
#include "host/pump.h"

namespace com_cancel {
namespace {

// The constant of the header is -1, the parameter of Cancel is unsigned.
constexpr auto kInfinite = static_cast<ULONG>(RPC_C_CANCEL_INFINITE_TIMEOUT);
constexpr auto kNever = Clock::time_point::max();
// How often a wait on a JavaScript thread checks whether its environment is being terminated.
constexpr auto kPollPeriod = std::chrono::milliseconds(50);

}  // namespace

class WaitCall final : public CountedObject<ICancelMethodCalls> {
 public:
  // Ends at a time, if not before by Finish. `pumps`: the blocked thread is in a single-threaded apartment
  // and waits for the event; otherwise for the condition.
  WaitCall(Clock::time_point end, bool enabled, bool pumps) : end_(end), enabled_(enabled), pumps_(pumps) {}

  HRESULT STDMETHODCALLTYPE Cancel(ULONG seconds) override {
    std::unique_lock<Lock> lock(lock_);
    if (!enabled_) return CO_E_CANCEL_DISABLED;  // C3, E5
    if (state_ == State::kCompleted) return RPC_E_CALL_COMPLETE;
    if (state_ == State::kReleased) return RPC_E_CALL_CANCELED;
    // The thread is about to wake up, and the call will succeed: it must not be reported as canceled.
    const auto now = Clock::now();
    if (!canceled_ && (finished_ || now >= end_)) return RPC_E_CALL_COMPLETE;
    const bool first = !canceled_;
    canceled_ = true;
    if (seconds != kInfinite) {
      // A second cancel returns RPC_E_CALL_CANCELED (C4), but the shorter timeout counts for the thread (C7).
      release_at_ = std::min(release_at_, now + std::chrono::seconds(seconds));
      WakeThread();
    }
    if (!first) return RPC_E_CALL_CANCELED;
    if (seconds == 0) return S_OK;
    while (state_ == State::kPending) changed_.Sleep(lock);
    return state_ == State::kCompleted ? RPC_E_CALL_COMPLETE : S_OK;  // C5
  }

  HRESULT STDMETHODCALLTYPE TestCancel() override {
    const Guard guard(lock_);
    if (state_ == State::kCompleted) return RPC_E_CALL_COMPLETE;
    return canceled_ ? RPC_E_CALL_CANCELED : RPC_S_CALLPENDING;
  }

  void Finish() {
    const Guard guard(lock_);
    finished_ = true;
    WakeThread();
  }

  // On the blocked thread.
  HRESULT Block(const std::function<bool()>& terminating) {
    std::unique_lock<Lock> lock(lock_);
    for (;;) {
      const auto until = std::min(end_, release_at_);
      const auto now = Clock::now();
      if (finished_ || until <= now) break;
      const auto pause = terminating ? std::min(until, now + kPollPeriod) : until;
      if (pumps_) {
        if (!event_) event_ = UniqueHandle(CreateEventW(nullptr, TRUE, FALSE, nullptr));
        if (!event_) {
          state_ = State::kCompleted;
          changed_.WakeAll();
          return E_OUTOFMEMORY;
        }
        lock.unlock();
        WaitAsInCall(event_.get(), MillisecondsUntil(pause));
        lock.lock();
        ResetEvent(event_.get());
      } else {
        changed_.SleepUntil(lock, pause);
      }
      if (terminating) {
        // Without the lock, because the function may enter the JavaScript engine.
        lock.unlock();
        const bool stop = terminating();
        lock.lock();
        if (stop) release_at_ = Clock::now();
      }
    }
    state_ = !finished_ && release_at_ < end_ ? State::kReleased : State::kCompleted;
    changed_.WakeAll();
    return state_ == State::kReleased ? RPC_E_CALL_CANCELED : S_OK;
  }

 private:
  enum class State { kPending, kCompleted, kReleased };

  void WakeThread() {
    changed_.WakeAll();
    if (event_) SetEvent(event_.get());
  }

  const Clock::time_point end_;
  const bool enabled_;
  const bool pumps_;
  UniqueHandle event_;  // set when the blocked thread has to check its state; created when it first blocks
  Lock lock_;
  Condition changed_;
  State state_ = State::kPending;
  bool canceled_ = false;
  bool finished_ = false;
  Clock::time_point release_at_ = kNever;
};

namespace {

HRESULT BlockCancelable(WaitCall& call, const std::function<bool()>& terminating) {
  const Ole32& ole32 = Ole32::Get();
  const HRESULT hr = ole32.SetCancelObject(&call);
  if (FAILED(hr)) return hr;
  const HRESULT result = call.Block(terminating);
  ole32.SetCancelObject(nullptr);
  return result;
}

}  // namespace

HRESULT Wait(const WaitRequest& request, const std::function<bool()>& terminating) {
  const auto end = Clock::now() + std::chrono::milliseconds(request.milliseconds);
  const auto call =
      TakeOver(new (std::nothrow) WaitCall(end, enable_count::Enabled(), InSingleThreadedApartment()));
  if (!call) return E_OUTOFMEMORY;
  return request.cancelable ? BlockCancelable(*call.Get(), terminating) : call->Block(terminating);
}

ReplyWait::ReplyWait()
    : call_(TakeOver(new WaitCall(kNever, enable_count::Enabled(), InSingleThreadedApartment()))) {}

ReplyWait::~ReplyWait() = default;

void ReplyWait::Finish() { call_->Finish(); }

HRESULT ReplyWait::Block() { return BlockCancelable(*call_.Get(), nullptr); }

}  // namespace com_cancel
