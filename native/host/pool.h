// Functions run on the system's thread pool, because they may block and a JavaScript thread must not.
#pragma once

#include <functional>

#include "host/win.h"

namespace com_cancel::pool {

// Runs `function` once on a pool thread. False when the system refuses.
bool Run(std::function<void()> function);

// Runs `attempt` on pool threads until it returns false: at once, then after pauses of 1 ms, 2 ms, ... up to
// 50 ms, and up to one second when `hurry` milliseconds have passed. Two attempts never run at the same time.
// False when the system refuses.
bool Repeat(std::function<bool()> attempt, DWORD hurry);

}  // namespace com_cancel::pool
