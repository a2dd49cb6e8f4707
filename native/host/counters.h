// Counters of what is alive in the process, for diagnostics().
#pragma once

#include <atomic>

namespace com_cancel::counters {

inline std::atomic<long> threads{0};
inline std::atomic<long> jobs{0};
inline std::atomic<long> objects{0};
inline std::atomic<long> pointers{0};

}  // namespace com_cancel::counters
