// Functions run on the system's thread pool. The module is pinned (addon.cc), so that the code of a callback
// is still loaded when it runs.
#include "host/pool.h"

#include <algorithm>
#include <memory>
#include <new>

namespace com_cancel::pool {
namespace {

constexpr DWORD kShortestPause = 1;
constexpr DWORD kLongestPauseInHurry = 50;
constexpr DWORD kLongestPause = 1000;

struct Repeated {
  DWORD NextPause() {
    const DWORD longest = Clock::now() < hurry_ends ? kLongestPauseInHurry : kLongestPause;
    pause = pause == 0 ? kShortestPause : (std::min)(pause * 2, longest);
    return pause;
  }

  std::function<bool()> attempt;
  Clock::time_point hurry_ends;
  DWORD pause = 0;
};

void Schedule(PTP_TIMER timer, DWORD milliseconds) {
  // Negative: relative to now, in units of 100 ns.
  ULARGE_INTEGER due;
  due.QuadPart = static_cast<ULONGLONG>(-static_cast<LONGLONG>(milliseconds) * 10000);
  FILETIME time{due.LowPart, due.HighPart};
  SetThreadpoolTimer(timer, &time, 0, 0);
}

void CALLBACK RunOnce(PTP_CALLBACK_INSTANCE instance, void* context) {
  const std::unique_ptr<std::function<void()>> function(static_cast<std::function<void()>*>(context));
  CallbackMayRunLong(instance);
  (*function)();
}

void CALLBACK RunAttempt(PTP_CALLBACK_INSTANCE, void* context, PTP_TIMER timer) {
  auto* repeated = static_cast<Repeated*>(context);
  if (repeated->attempt()) {
    // Last: from here on the next callback may run and delete `repeated`.
    return Schedule(timer, repeated->NextPause());
  }
  // Closed inside the callback, the timer is freed by the system when the callback has returned.
  CloseThreadpoolTimer(timer);
  delete repeated;
}

}  // namespace

bool Run(std::function<void()> function) {
  auto context = std::make_unique<std::function<void()>>(std::move(function));
  if (!TrySubmitThreadpoolCallback(RunOnce, context.get(), nullptr)) return false;
  static_cast<void>(context.release());
  return true;
}

bool Repeat(std::function<bool()> attempt, DWORD hurry) {
  const auto hurry_ends = Clock::now() + std::chrono::milliseconds(hurry);
  auto repeated = std::make_unique<Repeated>(Repeated{std::move(attempt), hurry_ends});
  const PTP_TIMER timer = CreateThreadpoolTimer(RunAttempt, repeated.get(), nullptr);
  if (!timer) return false;
  static_cast<void>(repeated.release());
  Schedule(timer, 0);
  return true;
}

}  // namespace com_cancel::pool
