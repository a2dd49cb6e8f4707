// Check and Until, for the C++ tests of threads: counted checks, and waiting for other threads.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdio>
#include <functional>
#include <thread>

inline std::atomic<int> checks{0};
inline std::atomic<int> failures{0};

inline void Check(bool good, const char* what, long long seen = 0) {
  ++checks;
  if (!good) ++failures;
  if (good)
    std::printf("ok %s\n", what);
  else
    std::printf("FAILED %s: %lld (0x%08llX)\n", what, seen,
                static_cast<unsigned long long>(seen) & 0xFFFFFFFF);
  std::fflush(stdout);
}

inline void SleepFor(int milliseconds) {
  std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
}

// False when it takes too long, also on a busy machine.
inline bool Until(const std::function<bool()>& condition) {
  for (int i = 0; i < 30'000; ++i) {
    if (condition()) return true;
    SleepFor(1);
  }
  return false;
}
