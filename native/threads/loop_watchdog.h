// LoopWatchdog, which cancels the calls that keep the event loop of a thread silent (W3).
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "host/alarms.h"
#include "host/win.h"

namespace com_cancel {

// binding.d.ts's BindingFreeze.
struct Freeze {
  std::chrono::milliseconds lasted{0};
  unsigned canceled = 0;
  HRESULT refused = S_OK;
};

// Asks the event loop for heartbeats. While one is missing for longer than the threshold, it cancels the call
// that blocks the thread. It acts on threads of the system's pool. Cancellation must be enabled on the thread
// (E5).
class LoopWatchdog : public std::enable_shared_from_this<LoopWatchdog> {
 public:
  using Milliseconds = std::chrono::milliseconds;

  // For the calling thread. `ask` is called on pool threads, never twice before a Beat, and makes the event
  // loop call Beat. Throws std::bad_alloc, also when the system has no timer.
  static std::shared_ptr<LoopWatchdog> Start(Milliseconds threshold, Milliseconds interval,
                                             std::function<void()> ask);
  LoopWatchdog(const LoopWatchdog&) = delete;
  LoopWatchdog& operator=(const LoopWatchdog&) = delete;

  // On the thread: the event loop runs. `held`: a debugger may hold it from now on. Returns the freeze that
  // has ended, if there was one.
  std::optional<Freeze> Beat(bool held);
  // On the thread. While it is suspended, it cancels and reports nothing.
  void Suspend(bool suspended);
  // Waits for a cancel that is under way. To be called by the thread before it ends (W5).
  void Stop();

 private:
  LoopWatchdog(Milliseconds threshold, Milliseconds interval, std::function<void()> ask);
  void SetAlarm(Milliseconds time);
  void Ring();
  // The time until the next look.
  Milliseconds Look();
  void Cancel();

  const DWORD thread_ = GetCurrentThreadId();
  const Milliseconds threshold_;
  const Milliseconds interval_;
  const std::function<void()> ask_;
  // Held during a cancel, so that Stop waits for it.
  Lock lock_;
  bool open_ = true;
  bool suspended_ = false;
  bool held_ = false;
  alarms::Alarm alarm_;
  // All times are without those in which the machine slept.
  Milliseconds alive_at_;
  std::optional<Milliseconds> asked_at_;  // while the loop has not answered
  std::optional<Freeze> freeze_;          // while the loop is frozen
};

}  // namespace com_cancel
