// A marshaled call under the stand-in: the cancel object on its client's side, and the call context on its
// server's.
#pragma once

#include <atomic>

#include "host/counted_object.h"
#include "host/win.h"
#include "standin/shared.h"

namespace com_cancel {

// How much of the thread's stack was in use at a moment. COM notifies a hook of the begin of a call, but not
// always of its end: a call whose part of the stack has been left is over.
class StackMark {
 public:
  StackMark() = default;
  explicit StackMark(const char* local) : at_(reinterpret_cast<std::uintptr_t>(local)) {}

  // Whether the thread, now at `now`, has returned from where it was at the mark, by `slack` bytes at least.
  bool LeftAt(const StackMark& now, std::uintptr_t slack) const;

 private:
  std::uintptr_t at_ = 0;
};

// For marks of different functions: a distance below this says nothing. In a 32-bit process frames are half
// as large, and so is the distance from a call under Wine 8 to its caller.
constexpr std::uintptr_t kStackSlack = 128 * sizeof(void*);

// The cancel object of a call in flight, of a thread with cancellation enabled. A cancel notifies the server
// and releases the blocked thread, if its RPC waits for the reply here (rpc.cc).
class OutgoingCall final : public CountedObject<ICancelMethodCalls> {
 public:
  HRESULT STDMETHODCALLTYPE Cancel(ULONG seconds) override;
  HRESULT STDMETHODCALLTYPE TestCancel() override;

  const FlagAddress& address() const { return flag_.address(); }
  // The call has returned, or failed; may be called more than once. True when the caller gets
  // RPC_E_CALL_CANCELED (C7). A call that returned within the timeout of its cancel keeps its result (C5).
  bool Return();

  // In place of the blocked thread: waits until `replied` returns true. False, perhaps earlier, when the
  // thread is to be released without the reply.
  template <typename Replied>
  bool AwaitReply(Replied replied) {
    std::unique_lock<Lock> lock(lock_);
    while (!replied() && Clock::now() < release_at_) SleepUntilReleased(lock);
    return Clock::now() < release_at_;
  }
  // The reply has come.
  void WakeReceiver() {
    const Guard guard(lock_);
    changed_.WakeAll();
  }

 private:
  enum class State { kPending, kCompleted, kReleased };

  void SleepUntilReleased(std::unique_lock<Lock>& held);

  CallFlag flag_;
  Lock lock_;
  Condition changed_;
  State state_ = State::kPending;
  bool canceled_ = false;
  Clock::time_point release_at_ = Clock::time_point::max();
};

// The cancel object of any call in flight of a thread with cancellation disabled (C3): one static object.
ICancelMethodCalls* DisabledCall();

// The call context of a method that runs: reports whether its caller canceled. It delegates every other
// interface to the context that was current before.
class CallContext final : public CountedObject<ICancelMethodCalls> {
 public:
  CallContext(const FlagView& flag, const StackMark& begin) : flag_(flag), begin_(begin) {}

  HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override;
  HRESULT STDMETHODCALLTYPE Cancel(ULONG) override { return E_NOTIMPL; }  // only the client cancels
  HRESULT STDMETHODCALLTYPE TestCancel() override;

  // Makes it the thread's call context.
  HRESULT Enter();
  // The method is over: restores the thread's previous context. With `only_if_current`, it does nothing and
  // returns false when other code has switched to another context meanwhile.
  bool Leave(bool only_if_current);
  // The thread is over.
  void Abandon() { over_ = true; }

 private:
  const FlagView flag_;
  const StackMark begin_;
  const DWORD thread_ = GetCurrentThreadId();
  IUnknown* before_ = nullptr;  // COM counts no reference for contexts (S5)
  std::atomic<bool> over_{false};
};

}  // namespace com_cancel
