// Refusals, a number of calls that a server refuses.
#pragma once

#include <atomic>

#include "host/win.h"

namespace prime {

class Refusals {
 public:
  // The next `times` calls of Next return this HRESULT.
  void Refuse(long times, HRESULT hresult) {
    hresult_ = hresult;
    left_ = times;
  }
  // S_OK when the call is not refused.
  HRESULT Next() {
    long left = left_;
    while (left > 0 && !left_.compare_exchange_weak(left, left - 1)) {
    }
    return left > 0 ? hresult_.load() : S_OK;
  }

 private:
  std::atomic<long> left_{0};
  std::atomic<HRESULT> hresult_{S_OK};
};

}  // namespace prime
