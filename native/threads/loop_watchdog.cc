// LoopWatchdog, which cancels the calls that keep the event loop of a thread silent (W3).
#include "threads/loop_watchdog.h"

#include <algorithm>

#include "host/ole32.h"

namespace com_cancel {
namespace {

using Milliseconds = LoopWatchdog::Milliseconds;

// The longest pause between two heartbeats: how much later than at the threshold a freeze may be noticed.
constexpr Milliseconds kLongestPause(50);

// The time that the machine was awake: a loop is not frozen while the machine sleeps.
Milliseconds AwakeTime() {
  ULONGLONG units = 0;  // of 100 ns
  QueryUnbiasedInterruptTime(&units);
  return std::chrono::duration_cast<Milliseconds>(
      std::chrono::duration<ULONGLONG, std::ratio<1, 10'000'000>>(units));
}

}  // namespace

LoopWatchdog::LoopWatchdog(Milliseconds threshold, Milliseconds interval, std::function<void()> ask)
    : threshold_(threshold), interval_(interval), ask_(std::move(ask)), alive_at_(AwakeTime()) {}

std::shared_ptr<LoopWatchdog> LoopWatchdog::Start(Milliseconds threshold, Milliseconds interval,
                                                  std::function<void()> ask) {
  std::shared_ptr<LoopWatchdog> watchdog(new LoopWatchdog(threshold, interval, std::move(ask)));
  const Guard guard(watchdog->lock_);
  watchdog->SetAlarm(Milliseconds(0));
  return watchdog;
}

std::optional<Freeze> LoopWatchdog::Beat(bool held) {
  const Guard guard(lock_);
  asked_at_.reset();
  held_ = held;
  std::optional<Freeze> ended;
  ended.swap(freeze_);
  const Milliseconds now = AwakeTime();
  if (ended) ended->lasted = now - alive_at_;
  alive_at_ = now;
  return held ? std::nullopt : ended;
}

void LoopWatchdog::Suspend(bool suspended) {
  const Guard guard(lock_);
  suspended_ = suspended;
  // The thread runs.
  freeze_.reset();
  alive_at_ = AwakeTime();
  if (asked_at_) asked_at_ = alive_at_;
}

void LoopWatchdog::Stop() {
  const Guard guard(lock_);
  open_ = false;
  freeze_.reset();
  alarms::Cancel(alarm_);
}

void LoopWatchdog::SetAlarm(Milliseconds time) {
  alarm_ = alarms::Set(Clock::now() + time, [weak = weak_from_this()] {
    if (const auto watchdog = weak.lock()) watchdog->Ring();
  });
}

void LoopWatchdog::Ring() {
  const Guard guard(lock_);
  if (open_) SetAlarm(Look());
}

LoopWatchdog::Milliseconds LoopWatchdog::Look() {
  const Milliseconds pause = std::clamp(threshold_ / 4, Milliseconds(1), kLongestPause);
  const Milliseconds now = AwakeTime();
  if (!asked_at_) {
    ask_();
    asked_at_ = now;
  }
  const Milliseconds silent = now - *asked_at_;
  if (silent < threshold_) return std::min(pause, threshold_ - silent);
  if (suspended_ || held_ || IsDebuggerPresent()) return pause;
  Cancel();
  return interval_;
}

void LoopWatchdog::Cancel() {
  if (!freeze_) freeze_.emplace();
  const HRESULT hr = Ole32::Get().CancelCall(thread_, 0);
  if (hr == S_OK) ++freeze_->canceled;
  // Not those of a thread without a call, and of a call that is over or was canceled before.
  else if (hr != E_NOINTERFACE && hr != RPC_E_CALL_CANCELED && hr != RPC_E_CALL_COMPLETE)
    freeze_->refused = hr;
}

}  // namespace com_cancel
