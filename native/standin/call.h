// A marshaled call under the stand-in: the cancel object of its caller, and the call context of its server.
#pragma once

#include <atomic>

#include "host/counted_object.h"
#include "host/win.h"
#include "standin/shared.h"

namespace com_cancel {

// Which part of the thread's stack was in use at a moment. COM tells a hook when a call begins, but not
// always when it ends: that its stack has been left is what shows it then.
class StackMark {
 public:
  StackMark() = default;
  explicit StackMark(const char* local) : at_(reinterpret_cast<std::uintptr_t>(local)) {}

  // Whether the thread, now at `now`, has returned from where it was at the mark, by `slack` bytes at least.
  bool LeftAt(const StackMark& now, std::uintptr_t slack) const;

 private:
  std::uintptr_t at_ = 0;
};

// For marks of different functions: their distance says nothing below this.
constexpr std::uintptr_t kStackSlack = 1024;

// What CoGetCancelObject finds while a call of a thread with cancellation enabled is under way. It tells the
// server; the host gives no means to bring the blocked thread back before the server answers.
class OutgoingCall final : public CountedObject<ICancelMethodCalls> {
 public:
  HRESULT STDMETHODCALLTYPE Cancel(ULONG seconds) override;
  HRESULT STDMETHODCALLTYPE TestCancel() override;

  const FlagAddress& address() const { return flag_.address(); }
  // The call has returned, in whatever way; more than once is the same as once. True: to its caller it is
  // canceled (C7). A cancel that gave the server time, and it was enough, leaves the call its result (C5).
  bool Return();

 private:
  enum class State { kPending, kCompleted, kReleased };

  CallFlag flag_;
  Lock lock_;
  Condition changed_;
  State state_ = State::kPending;
  bool canceled_ = false;
  Clock::time_point release_at_ = Clock::time_point::max();
};

// What CoGetCancelObject finds while a call of a thread with cancellation disabled is under way (C3). One for
// all of them and for ever.
ICancelMethodCalls* DisabledCall();

// The call context of a method that runs: whether its caller canceled. For everything else it passes on to
// the context that was there before.
class IncomingCall final : public CountedObject<ICancelMethodCalls> {
 public:
  IncomingCall(const FlagView& flag, const StackMark& begin) : flag_(flag), begin_(begin) {}

  HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override;
  HRESULT STDMETHODCALLTYPE Cancel(ULONG) override { return E_NOTIMPL; }  // the caller's business
  HRESULT STDMETHODCALLTYPE TestCancel() override;

  // Makes it the thread's call context.
  HRESULT Enter();
  // The method is over: makes the context before it the thread's context again. With `only_if_current`, not
  // if somebody else has put another in its place meanwhile; false then.
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
