// What the module counts: its calculators, and the calls of all of them.
#pragma once

#include <atomic>

namespace prime {

namespace calls {

inline std::atomic<long> started{0};
inline std::atomic<long> finished{0};
inline std::atomic<long> gave_up{0};

}  // namespace calls

// Calculators that are alive.
inline std::atomic<long> calculators{0};

// Counts one call on its way in and on its way out, whichever way that is.
class CountedCall {
 public:
  explicit CountedCall(bool counted) : counted_(counted) {
    if (counted_) ++calls::started;
  }
  CountedCall(const CountedCall&) = delete;
  CountedCall& operator=(const CountedCall&) = delete;
  ~CountedCall() {
    if (counted_) ++(gave_up_ ? calls::gave_up : calls::finished);
  }

  void GiveUp() { gave_up_ = true; }

 private:
  const bool counted_;
  bool gave_up_ = false;
};

}  // namespace prime
