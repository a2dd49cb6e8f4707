// Scenarios of prime_client.exe: cancellation, a server that ends, a busy server.
#include "scenarios.h"

#include <cstdio>
#include <thread>

#include "client_object.h"
#include "standin/functions.h"

using com_cancel::Clock;

namespace prime {
namespace {

// The function of the system, or of the stand-in.
template <typename Function>
Function Pick(const char* name, Function stand_in) {
  auto* found = reinterpret_cast<void*>(GetProcAddress(GetModuleHandleW(L"ole32.dll"), name));
  return found ? reinterpret_cast<Function>(found) : stand_in;
}

// All of the family or none of it, as in the addon.
bool HostHasFamily() { return GetProcAddress(GetModuleHandleW(L"ole32.dll"), "CoCancelCall") != nullptr; }

class Enabled {
 public:
  Enabled() {
    Check((HostHasFamily() ? CoEnableCallCancellation : com_cancel_CoEnableCallCancellation)(nullptr));
  }
  Enabled(const Enabled&) = delete;
  Enabled& operator=(const Enabled&) = delete;
  ~Enabled() {
    (HostHasFamily() ? CoDisableCallCancellation : com_cancel_CoDisableCallCancellation)(nullptr);
  }
};

class Watch {
 public:
  double Milliseconds() const {
    return std::chrono::duration<double, std::milli>(Clock::now() - start_).count();
  }

 private:
  const Clock::time_point start_ = Clock::now();
};

// Runs a function on another thread, in the multithreaded apartment, after a delay.
template <typename Work>
std::thread Later(DWORD milliseconds, Work work) {
  return std::thread([=] {
    Sleep(milliseconds);
    if (FAILED(CoInitializeEx(nullptr, COINIT_MULTITHREADED))) return;
    try {
      work();
    } catch (const Failure& failure) {
      std::printf("%-34s %08lX\n", "on the other thread", static_cast<unsigned long>(failure.hresult));
    }
    CoUninitialize();
  });
}

template <typename Run>
void Time(const char* what, Run run) {
  const Watch watch;
  const Outcome outcome = run();
  std::printf("%-34s %s after %.1f ms\n", what, outcome.Text().c_str(), watch.Milliseconds());
}

}  // namespace

void Cancel(const wchar_t* progid) {
  const Object calculator(progid);
  Print("Reset", calculator.Call(L"Reset"));
  const Enabled enabled;
  const DWORD caller = GetCurrentThreadId();
  const auto cancel = Pick("CoCancelCall", com_cancel_CoCancelCall);
  for (const wchar_t* member : {L"IsPrime", L"BlockPolling"}) {
    std::thread canceler = Later(300, [=] {
      std::printf("%-34s %08lX\n", "CoCancelCall", static_cast<unsigned long>(cancel(caller, 0)));
    });
    Time("the call", [&] { return calculator.Call(member, member[0] == L'I' ? 2147483647 : 5000); });
    canceler.join();
    Print("the next call: Number(42)", calculator.Call(L"Number", 42));
  }
  for (const wchar_t* name : {L"Started", L"Finished", L"Canceled"})
    std::printf("%-34ls %s\n", name, calculator.Call(name).Text().c_str());
}

void Death(const wchar_t* progid) {
  {
    const Object calculator(progid);
    // Looked up before: without its server, the object can't look up names.
    const DISPID number = calculator.Find(L"Number");
    Print("Die(300)", calculator.Call(L"Die", 300));
    Time("Block(3000)", [&] { return calculator.Call(L"Block", 3000); });
    Time("Number(1) after that", [&] { return calculator.Invoke(DISPATCH_METHOD, number, 1); });
    const Watch watch;
    const Object again(progid);
    std::printf("%-34s after %.1f ms\n", "started again", watch.Milliseconds());
    Time("Number(1)", [&] { return again.Call(L"Number", 1); });
    Time("Die()", [&] { return again.Call(L"Die"); });
    Time("Number(1) after that", [&] { return again.Invoke(DISPATCH_METHOD, number, 1); });
  }
  std::printf("released\n");
}

void Busy(const wchar_t* progid) {
  const Object calculator(progid);
  const DISPID number = calculator.Find(L"Number");
  for (const int reject : {0, 1}) {
    Print(reject ? "Busy(500, reject)" : "Busy(500)", calculator.Call(L"Busy", 500, reject));
    Time("Number(1)", [&] { return calculator.Invoke(DISPATCH_METHOD, number, 1); });
    Sleep(600);
    Time("Number(1) 600 ms later", [&] { return calculator.Invoke(DISPATCH_METHOD, number, 1); });
  }
}

}  // namespace prime
