// Functions run on the system's thread pool, because they may block and a JavaScript thread must not.
#pragma once

#include <functional>

#include "host/win.h"

namespace com_cancel::pool {

// Runs `function` once on a pool thread. False when the system refuses.
bool Run(std::function<void()> function);

// Runs `attempt` on pool threads, at once and then after 1 ms, 2 ms, ... up to every 50 ms, until it returns
// false. Two attempts never run at the same time. False when the system refuses.
bool Repeat(std::function<bool()> attempt);

}  // namespace com_cancel::pool
