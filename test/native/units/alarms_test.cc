// Tests of the alarms (host/alarms.h): when they ring, and that none is lost.
//
// Prints a line for each check. The exit code is 1 when one failed.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <memory>
#include <new>
#include <vector>

#include "checks.h"
#include "host/alarms.h"

using namespace com_cancel;

namespace {

constexpr auto kHour = std::chrono::hours(1);

Clock::time_point In(int milliseconds) { return Clock::now() + std::chrono::milliseconds(milliseconds); }

void RingOnceAndNotEarly() {
  std::atomic<int> rung{0};
  std::atomic<bool> early{false};
  const Clock::time_point when = In(50);
  alarms::Set(when, [&] {
    if (Clock::now() < when) early = true;
    ++rung;
  });
  Check(Until([&] { return rung == 1; }), "an alarm rings");
  Check(!early, "an alarm does not ring early");
  SleepFor(100);
  Check(rung == 1, "an alarm rings once", rung);
}

// The timer is armed for the first: it has to be armed again for an earlier one, and for the next.
void RingInOrder() {
  Lock lock;
  std::vector<int> order;
  const auto note = [&](int which) {
    return [&, which] {
      const Guard guard(lock);
      order.push_back(which);
    };
  };
  const auto distant = alarms::Set(Clock::now() + kHour, note(4));
  alarms::Set(In(600), note(3));
  alarms::Set(In(300), note(2));
  alarms::Set(Clock::now() - kHour, note(1));
  Check(Until([&] {
          const Guard guard(lock);
          return order.size() == 3;
        }),
        "alarms ring although they were set in another order");
  Check(order == std::vector<int>{1, 2, 3}, "alarms ring in the order of their times");
  alarms::Cancel(distant);
}

void CanceledOnesDoNotRing() {
  const auto held = std::make_shared<int>(1);
  std::atomic<int> rung{0};
  const auto canceled = alarms::Set(In(100), [held, &rung] { ++rung; });
  alarms::Cancel(canceled);
  Check(held.use_count() == 1, "a canceled alarm holds nothing", held.use_count());
  alarms::Cancel(canceled);
  alarms::Cancel({});
  alarms::Set(In(200), [&rung] { rung += 10; });
  Check(Until([&] { return rung >= 10; }), "an alarm after a canceled one rings");
  Check(rung == 10, "a canceled alarm does not ring", rung);
}

void FailedOnesRingAgain() {
  std::atomic<int> rung{0};
  alarms::Set(In(1), [&] {
    if (++rung < 3) throw std::bad_alloc();
  });
  Check(Until([&] { return rung == 3; }), "an alarm that failed rings again", rung);
}

void BlockedOnesDoNotDelayOthers() {
  std::atomic<bool> blocks{true};
  std::atomic<bool> over{false};
  std::atomic<bool> rung{false};
  alarms::Set(In(1), [&] {
    while (blocks) SleepFor(1);
    over = true;
  });
  alarms::Set(In(100), [&] { rung = true; });
  Check(Until([&] { return rung.load(); }), "an alarm rings while the one before it blocks");
  blocks = false;
  Check(Until([&] { return over.load(); }), "an alarm that blocks ends");
}

}  // namespace

int main() {
  RingOnceAndNotEarly();
  RingInOrder();
  CanceledOnesDoNotRing();
  FailedOnesRingAgain();
  BlockedOnesDoNotDelayOthers();
  std::printf("%d checks, %d failed\n", checks.load(), failures.load());
  return failures > 0 ? 1 : 0;
}
