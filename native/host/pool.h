// Work on the system's thread pool, for everything that may block where JavaScript's thread must not.
#pragma once

#include <functional>

#include "host/win.h"

namespace com_cancel::pool {

// Runs `work` once on a pool thread. False when the system refuses.
bool Run(std::function<void()> work);

// Runs `attempt` on pool threads, at once and then after 1 ms, 2 ms, ... up to every 50 ms, until it returns
// false. Never two at a time. False when the system refuses.
bool Repeat(std::function<bool()> attempt);

}  // namespace com_cancel::pool
