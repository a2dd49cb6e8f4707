// Alarms: functions that run on the system's thread pool at a given time, by one timer for the whole process.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>

#include "host/win.h"

namespace com_cancel::alarms {

// An alarm that is set: its time and a number. The default value stands for none.
using Alarm = std::pair<Clock::time_point, std::uint64_t>;

// Calls `ring` once on a pool thread, never before `when`. A `ring` that throws is called again later. Throws
// std::bad_alloc, also when the system has no timer.
Alarm Set(Clock::time_point when, std::function<void()> ring);
// Does nothing for an alarm that has rung. `ring` may be running when it returns.
void Cancel(const Alarm& alarm);

}  // namespace com_cancel::alarms
