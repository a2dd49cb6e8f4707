// Work on the system's thread pool. The module is pinned (addon.cc), so callbacks always find their code.
#include "host/pool.h"

#include <algorithm>
#include <memory>
#include <new>

namespace com_cancel::pool {
namespace {

constexpr DWORD kShortestPause = 1;
constexpr DWORD kLongestPause = 50;

struct Repeated {
  std::function<bool()> attempt;
  DWORD pause = kShortestPause;
};

void After(PTP_TIMER timer, DWORD milliseconds) {
  // Negative: relative to now, in units of 100 ns.
  ULARGE_INTEGER due;
  due.QuadPart = static_cast<ULONGLONG>(-static_cast<LONGLONG>(milliseconds) * 10000);
  FILETIME time{due.LowPart, due.HighPart};
  SetThreadpoolTimer(timer, &time, 0, 0);
}

void CALLBACK RunOnce(PTP_CALLBACK_INSTANCE instance, void* context) {
  const std::unique_ptr<std::function<void()>> work(static_cast<std::function<void()>*>(context));
  CallbackMayRunLong(instance);
  (*work)();
}

void CALLBACK RunAgain(PTP_CALLBACK_INSTANCE, void* context, PTP_TIMER timer) {
  auto* repeated = static_cast<Repeated*>(context);
  if (repeated->attempt()) {
    const DWORD pause = repeated->pause;
    repeated->pause = (std::min)(pause * 2, kLongestPause);
    After(timer, pause);  // last: from here on the next callback may run, and end it all
    return;
  }
  // From inside the callback the system frees the timer when the callback has returned.
  CloseThreadpoolTimer(timer);
  delete repeated;
}

}  // namespace

bool Run(std::function<void()> work) {
  auto context = std::make_unique<std::function<void()>>(std::move(work));
  if (!TrySubmitThreadpoolCallback(RunOnce, context.get(), nullptr)) return false;
  static_cast<void>(context.release());
  return true;
}

bool Repeat(std::function<bool()> attempt) {
  auto repeated = std::make_unique<Repeated>(Repeated{std::move(attempt)});
  const PTP_TIMER timer = CreateThreadpoolTimer(RunAgain, repeated.get(), nullptr);
  if (!timer) return false;
  static_cast<void>(repeated.release());
  After(timer, 0);
  return true;
}

}  // namespace com_cancel::pool
