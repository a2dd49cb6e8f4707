// Alarms: functions that run on the system's thread pool at a given time, by one timer for the whole process.
#include "host/alarms.h"

#include <map>
#include <new>

namespace com_cancel::alarms {
namespace {

constexpr auto kNever = Clock::time_point::max();
constexpr auto kPauseAfterFailure = std::chrono::milliseconds(50);

using Alarms = std::map<Alarm, std::function<void()>>;

class Ringer {
 public:
  // Never destroyed: threads outlive static destructors.
  static Ringer& Get() {
    static Ringer& ringer = *new Ringer;
    return ringer;
  }
  Ringer(const Ringer&) = delete;
  Ringer& operator=(const Ringer&) = delete;

  Alarm Add(Clock::time_point when, std::function<void()> ring) {
    const Guard guard(lock_);
    const Alarm alarm{when, ++last_};
    alarms_.emplace(alarm, std::move(ring));
    Arm();
    return alarm;
  }

  void Remove(const Alarm& alarm) {
    Alarms::node_type removed;  // destroyed after the lock: it may hold much
    const Guard guard(lock_);
    removed = alarms_.extract(alarm);
  }

 private:
  Ringer() : timer_(CreateThreadpoolTimer(Ring, this, nullptr)) {
    if (!timer_) throw std::bad_alloc();
  }

  static void CALLBACK Ring(PTP_CALLBACK_INSTANCE, void* context, PTP_TIMER) noexcept {
    static_cast<Ringer*>(context)->RingDue();
  }

  void RingDue() noexcept {
    {
      const Guard guard(lock_);
      armed_for_ = kNever;
    }
    while (auto due = TakeDue()) {
      try {
        due.mapped()();
      } catch (...) {
        PutBack(std::move(due));
      }
    }
  }

  // The first alarm that is due; an empty node when there is none. Arms the timer for the next one.
  Alarms::node_type TakeDue() noexcept {
    const Guard guard(lock_);
    Alarms::node_type due;
    if (!alarms_.empty() && alarms_.begin()->first.first <= Clock::now())
      due = alarms_.extract(alarms_.begin());
    // The timer is armed before the alarm rings: an alarm that blocks does not delay the others, which ring
    // on another thread.
    Arm();
    return due;
  }

  // Needs no memory.
  void PutBack(Alarms::node_type failed) noexcept {
    const Guard guard(lock_);
    failed.key() = {Clock::now() + kPauseAfterFailure, ++last_};
    alarms_.insert(std::move(failed));
  }

  // Called with the lock. A timer that was armed for a removed alarm fires without effect.
  void Arm() noexcept {
    if (alarms_.empty() || alarms_.begin()->first.first >= armed_for_) return;
    armed_for_ = alarms_.begin()->first.first;
    // Negative: relative to now, in units of 100 ns.
    ULARGE_INTEGER due;
    due.QuadPart = static_cast<ULONGLONG>(-static_cast<LONGLONG>(MillisecondsUntil(armed_for_)) * 10000);
    FILETIME time{due.LowPart, due.HighPart};
    SetThreadpoolTimer(timer_, &time, 0, 0);
  }

  const PTP_TIMER timer_;
  Lock lock_;
  Alarms alarms_;
  std::uint64_t last_ = 0;
  Clock::time_point armed_for_ = kNever;
};

}  // namespace

Alarm Set(Clock::time_point when, std::function<void()> ring) {
  return Ringer::Get().Add(when, std::move(ring));
}

void Cancel(const Alarm& alarm) {
  if (alarm.second != 0) Ringer::Get().Remove(alarm);
}

}  // namespace com_cancel::alarms
