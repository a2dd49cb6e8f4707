// Counters of the module: Calculators, and calls of all of them.
#pragma once

#include <atomic>

namespace prime {

namespace calls {

inline std::atomic<long> started{0};
inline std::atomic<long> finished{0};
inline std::atomic<long> canceled{0};

}  // namespace calls

// Calculators that exist.
inline std::atomic<long> calculators{0};

// Counts one call when it begins and when it ends, in whichever way.
class CountedCall {
 public:
  explicit CountedCall(bool counted) : counted_(counted) {
    if (counted_) ++calls::started;
  }
  CountedCall(const CountedCall&) = delete;
  CountedCall& operator=(const CountedCall&) = delete;
  ~CountedCall() {
    if (counted_) ++(canceled_ ? calls::canceled : calls::finished);
  }

  void SetCanceled() { canceled_ = true; }

 private:
  const bool counted_;
  bool canceled_ = false;
};

}  // namespace prime
