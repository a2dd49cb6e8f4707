// Tests of CallTimeout and LoopWatchdog (native/threads): what they cancel, and that their end waits for a
// cancel. Their calls are cancel objects that the tests register: no server is needed.
//
// Prints a line for each check. The exit code is 1 when one failed.
#include <wrl/client.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <thread>

#include "checks.h"
#include "host/counted_object.h"
#include "host/ole32.h"
#include "standin/functions.h"
#include "threads/call_timeout.h"
#include "threads/loop_watchdog.h"

using namespace com_cancel;
using Microsoft::WRL::ComPtr;
using Milliseconds = std::chrono::milliseconds;

namespace {

constexpr Milliseconds kHour = std::chrono::hours(1);

// While it is set, memory runs out on this thread.
thread_local bool no_memory = false;

// A call in flight on the thread that makes it, as long as it exists.
class FakeCall final : public CountedObject<ICancelMethodCalls> {
 public:
  static ComPtr<FakeCall> Begin(HRESULT answer, int blocks_for = 0) {
    const auto call = TakeOver(new FakeCall(answer, blocks_for));
    Check(SUCCEEDED(Ole32::Get().SetCancelObject(call.Get())), "a call registers");
    return call;
  }
  static void End() { Ole32::Get().SetCancelObject(nullptr); }

  HRESULT STDMETHODCALLTYPE Cancel(ULONG) override {
    ++running;
    ++cancels;
    SleepFor(blocks_for_);
    --running;
    return answer_;
  }
  HRESULT STDMETHODCALLTYPE TestCancel() override { return RPC_S_CALLPENDING; }

  std::atomic<int> cancels{0};
  std::atomic<int> running{0};

 private:
  FakeCall(HRESULT answer, int blocks_for) : answer_(answer), blocks_for_(blocks_for) {}

  const HRESULT answer_;
  const int blocks_for_;
};

void TimeoutCancelsAgain() {
  const auto call = FakeCall::Begin(S_OK);
  const auto timeout = CallTimeout::Start(Milliseconds(10), Milliseconds(1));
  Check(Until([&] { return call->cancels >= 3; }), "W1 a timeout cancels again each period");
  timeout->Stop();
  const int cancels = call->cancels;
  Check(timeout->canceled() == static_cast<unsigned>(cancels), "it counts what it has canceled",
        timeout->canceled());
  SleepFor(100);
  Check(call->cancels == cancels, "W1 it cancels nothing after Stop", call->cancels);
  FakeCall::End();
}

void TimeoutCountsSuccessesOnly() {
  const auto call = FakeCall::Begin(E_NOTIMPL);
  const auto timeout = CallTimeout::Start(Milliseconds(1), Milliseconds(1));
  Check(Until([&] { return call->cancels >= 2; }), "O9 a call that refuses is canceled again");
  timeout->Stop();
  Check(timeout->canceled() == 0, "O9 a call that refuses does not count", timeout->canceled());
  FakeCall::End();
}

void StopWaitsForCancel() {
  const auto call = FakeCall::Begin(S_OK, 200);
  const auto timeout = CallTimeout::Start(Milliseconds(1), kHour);
  Check(Until([&] { return call->running == 1; }), "a cancel is under way");
  timeout->Stop();
  Check(call->running == 0, "W1 Stop waits for the cancel of a timeout", call->running);
  Check(timeout->canceled() == 1, "W1 that cancel counts", timeout->canceled());

  const auto watchdog = LoopWatchdog::Start(Milliseconds(1), kHour, [] {});
  Check(Until([&] { return call->running == 1; }), "a cancel is under way");
  watchdog->Stop();
  Check(call->running == 0, "W3 Stop waits for the cancel of a watchdog", call->running);
  FakeCall::End();
}

void NoTimeoutWithoutMemory() {
  bool refused = false;
  no_memory = true;
  try {
    CallTimeout::Start(Milliseconds(1), Milliseconds(1));
  } catch (const std::bad_alloc&) {
    refused = true;
  }
  no_memory = false;
  Check(refused, "W1 a timeout without memory is refused");
}

void WatchdogLeavesLivingLoopAlone() {
  const auto call = FakeCall::Begin(S_OK);
  std::atomic<int> asked{0};
  const auto watchdog = LoopWatchdog::Start(std::chrono::seconds(30), Milliseconds(1), [&] { ++asked; });
  for (int beat = 1; beat <= 3; ++beat) {
    Check(Until([&] { return asked == beat; }), "it asks for a heartbeat");
    SleepFor(100);
    Check(asked == beat, "it asks once until the heartbeat comes", asked);
    Check(!watchdog->Beat(false), "W3 a loop that answers was not frozen");
  }
  watchdog->Stop();
  Check(call->cancels == 0, "W3 it cancels nothing of a loop that lives", call->cancels);
  FakeCall::End();
}

void WatchdogCancelsUntilHeartbeat() {
  const auto call = FakeCall::Begin(S_OK);
  const auto watchdog = LoopWatchdog::Start(Milliseconds(100), Milliseconds(1), [] {});
  Check(Until([&] { return call->cancels >= 3; }), "W3 a silent loop is canceled again each interval");
  const auto freeze = watchdog->Beat(false);
  Check(freeze && freeze->canceled >= 3 && freeze->refused == S_OK, "W3 the freeze is reported");
  Check(freeze && freeze->lasted >= Milliseconds(100), "with how long it lasted");
  watchdog->Stop();
  Check(!watchdog->Beat(false), "a stopped watchdog reports nothing");
  FakeCall::End();
}

void WatchdogReportsRefusals() {
  const auto call = FakeCall::Begin(E_FAIL);
  const auto watchdog = LoopWatchdog::Start(Milliseconds(10), Milliseconds(1), [] {});
  Check(Until([&] { return call->cancels >= 1; }), "O9 a call that refuses is asked");
  const auto freeze = watchdog->Beat(false);
  Check(freeze && freeze->canceled == 0 && freeze->refused == E_FAIL, "W3 O9 its failure is reported");
  watchdog->Stop();
  FakeCall::End();
}

void WatchdogPauses() {
  const auto call = FakeCall::Begin(S_OK);
  const auto watchdog = LoopWatchdog::Start(Milliseconds(50), Milliseconds(1), [] {});
  watchdog->Beat(true);
  int cancels = call->cancels;
  SleepFor(300);
  Check(call->cancels == cancels, "W3 it waits while a debugger holds the loop", call->cancels);
  Check(!watchdog->Beat(false), "and reports no freeze");
  watchdog->Suspend(true);
  cancels = call->cancels;
  SleepFor(300);
  Check(call->cancels == cancels, "W3 it waits while it is suspended", call->cancels);
  watchdog->Suspend(false);
  Check(Until([&] { return call->cancels > cancels; }), "W3 it goes on afterwards");
  watchdog->Stop();
  FakeCall::End();
}

}  // namespace

void* operator new(std::size_t size) {
  void* const memory = no_memory ? nullptr : std::malloc(size);
  if (!memory) throw std::bad_alloc();
  return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

int main() {
  Ole32::SetStandIn(stand_in_family);
  CoInitializeEx(nullptr, COINIT_MULTITHREADED);
  Ole32::Get().EnableCallCancellation(nullptr);
  TimeoutCancelsAgain();
  TimeoutCountsSuccessesOnly();
  StopWaitsForCancel();
  NoTimeoutWithoutMemory();
  WatchdogLeavesLivingLoopAlone();
  WatchdogCancelsUntilHeartbeat();
  WatchdogReportsRefusals();
  WatchdogPauses();
  Check(counters::objects == 0, "nothing is left", counters::objects);
  std::printf("%d checks, %d failed\n", checks.load(), failures.load());
  return failures > 0 ? 1 : 0;
}
