// CallTimeout, which cancels the calls that block a thread for too long (W1, W2).
#pragma once

#include <memory>

#include "host/alarms.h"
#include "host/win.h"

namespace com_cancel {

// Cancels the call that blocks the thread when the time has passed, and again each period. It acts on threads
// of the system's pool, so the thread may be blocked. Cancellation must be enabled on the thread (E5).
class CallTimeout : public std::enable_shared_from_this<CallTimeout> {
 public:
  using Milliseconds = std::chrono::milliseconds;

  // For the calling thread. Throws std::bad_alloc, also when the system has no timer.
  static std::shared_ptr<CallTimeout> Start(Milliseconds time, Milliseconds repeat);
  CallTimeout(const CallTimeout&) = delete;
  CallTimeout& operator=(const CallTimeout&) = delete;

  // Waits for a cancel that is under way. To be called by the thread before it ends, so that its id stands
  // for no other thread (W5).
  void Stop();
  // How many calls it has canceled. Waits for a cancel that is under way: its call may have returned already.
  unsigned canceled() const {
    const Guard guard(lock_);
    return canceled_;
  }

 private:
  explicit CallTimeout(Milliseconds repeat) : repeat_(repeat) {}
  void SetAlarm(Milliseconds time);
  void Ring();

  const DWORD thread_ = GetCurrentThreadId();
  const Milliseconds repeat_;
  // Held during a cancel, so that Stop waits for it.
  mutable Lock lock_;
  unsigned canceled_ = 0;
  bool open_ = true;
  alarms::Alarm alarm_;
};

}  // namespace com_cancel
