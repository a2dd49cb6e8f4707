// prime_server.exe, the class as a local server.
//
//   prime_server.exe -register | -unregister
//   prime_server.exe -mta | -sta | -never [-stay] [-grace <ms>] [-Embedding]
//
// -mta serves Prime.Calculator in the multithreaded apartment, -sta serves Prime.Calculator.Sta in a
// single-threaded one. -never serves nothing, and ends after a minute. The server ends when it has had no
// object and no lock for the grace period (1000 ms by default) and no client came during its shutdown. With
// -stay it runs until it is killed.

#include <algorithm>
#include <cwchar>
#include <string_view>
#include <thread>

#include "busy_filter.h"
#include "calculator.h"
#include "classes.h"
#include "factory.h"
#include "host.h"
#include "registration.h"
#include "standin/functions.h"
#include "variant.h"
// After win.h, which it needs.
#include <shellapi.h>

using com_cancel::Clock;
using Microsoft::WRL::ComPtr;
using std::chrono::milliseconds;

namespace prime {
namespace {

constexpr DWORD kGrace = 1000;
// The client that started the server may need long for its first call. A client that got the class object
// before it was revoked needs a moment.
constexpr milliseconds kFirstUse{10'000};
constexpr milliseconds kLeave{500};
constexpr DWORD kLookEvery = 50;
constexpr DWORD kNeverLasts = 60'000;

// The result of CoRegisterClassObject, for the apartment that serves.
DWORD registration = 0;

// Of the single-threaded server; null in the multithreaded one. Set before the class is registered.
BusyFilter* busy_filter = nullptr;

class CommandLine {
 public:
  CommandLine() : arguments_(CommandLineToArgvW(GetCommandLineW(), &count_)) {
    if (!arguments_) throw Failure{HRESULT_FROM_WIN32(GetLastError())};
  }
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;
  ~CommandLine() { LocalFree(arguments_); }

  // The argument after an option, "" when the option is the last; null without the option. COM passes
  // -Embedding or /Embedding.
  const wchar_t* After(std::wstring_view option) const {
    for (int index = 1; index < count_; ++index)
      if (option == arguments_[index]) return index + 1 < count_ ? arguments_[index + 1] : L"";
    return nullptr;
  }
  bool Has(std::wstring_view option) const { return After(option) != nullptr; }

 private:
  int count_ = 0;
  wchar_t** const arguments_;
};

// Reports how long the server has had no client.
class IdleWatch {
 public:
  // Objects that exist now belong to the server itself.
  IdleWatch() : own_(com_cancel::counters::objects) {}

  bool InUse() const { return com_cancel::counters::objects > own_ || server_locks > 0; }

  // Whether the server has been idle for longer than this. To be called often.
  bool IdleFor(milliseconds grace) {
    const auto now = Clock::now();
    if (InUse()) {
      since_ = now;
      ever_used_ = true;
    }
    return now - since_ > (ever_used_ ? grace : (std::max)(grace, kFirstUse));
  }
  void StartAgain() { since_ = Clock::now(); }

 private:
  const long own_;
  bool ever_used_ = false;
  Clock::time_point since_ = Clock::now();
};

class Apartment {
 public:
  explicit Apartment(bool single) : single_(single) {
    Check(CoInitializeEx(nullptr, single ? COINIT_APARTMENTTHREADED : COINIT_MULTITHREADED));
  }
  Apartment(const Apartment&) = delete;
  Apartment& operator=(const Apartment&) = delete;
  ~Apartment() { CoUninitialize(); }

  // Waits for a moment; pumps messages in a single-threaded apartment.
  void Wait() const {
    if (!single_) return Sleep(kLookEvery);
    MsgWaitForMultipleObjectsEx(0, nullptr, kLookEvery, QS_ALLINPUT, MWMO_INPUTAVAILABLE);
    MSG message;
    while (PeekMessageW(&message, nullptr, 0, 0, PM_REMOVE)) {
      TranslateMessage(&message);
      DispatchMessageW(&message);
    }
  }

 private:
  const bool single_;
};

void Serve(REFCLSID clsid, bool single, bool stay, milliseconds grace) {
  const Apartment apartment(single);
  const auto filter = com_cancel::TakeOver(single ? new BusyFilter : nullptr);
  busy_filter = filter.Get();
  if (filter) Check(CoRegisterMessageFilter(filter.Get(), nullptr));
  const auto factory = com_cancel::TakeOver(new Factory<Calculator>);
  com_cancel_ServeCancellation();
  IdleWatch watch;

  Check(CoRegisterClassObject(clsid, factory.Get(), CLSCTX_LOCAL_SERVER, REGCLS_MULTIPLEUSE, &registration));
  for (;;) {
    while (stay || !watch.IdleFor(grace)) apartment.Wait();
    // From here on, activations start another server. One that was in progress may have succeeded just
    // before.
    CoSuspendClassObjects();
    if (!watch.InUse()) break;
    CoResumeClassObjects();
  }
  // Another client may have got the class object and not have called it yet. The lock keeps the class object
  // alive for it. Objects that it creates are served until they are released.
  Check(CoLockObjectExternal(factory.Get(), TRUE, FALSE));
  CoRevokeClassObject(registration);
  watch.StartAgain();
  while (!watch.IdleFor(kLeave)) apartment.Wait();
  CoLockObjectExternal(factory.Get(), FALSE, TRUE);
  if (filter) CoRegisterMessageFilter(nullptr, nullptr);
}

HRESULT Main() {
  const CommandLine command;
  if (command.Has(L"-register")) return RegisterClasses();
  if (command.Has(L"-unregister")) return UnregisterClasses();
  if (command.Has(L"-never")) {
    Sleep(kNeverLasts);
    return S_OK;
  }
  const bool single = command.Has(L"-sta");
  if (!single && !command.Has(L"-mta")) return E_INVALIDARG;
  const wchar_t* grace = command.After(L"-grace");
  Serve(single ? kSta : kCalculator, single, command.Has(L"-stay"),
        milliseconds(grace ? std::wcstoul(grace, nullptr, 10) : kGrace));
  return S_OK;
}

}  // namespace

HRESULT host::EndProcess(DWORD milliseconds) {
  // Wine 8 returns the class object of a server that died until its RpcSs service ends.
  CoRevokeClassObject(registration);
  const auto end = [milliseconds] {
    Sleep(milliseconds);
    TerminateProcess(GetCurrentProcess(), 1);
  };
  if (milliseconds == 0) end();
  std::thread(end).detach();
  return S_OK;
}

HRESULT host::RejectCalls(DWORD milliseconds, SERVERCALL answer) {
  if (!busy_filter) return E_NOTIMPL;
  busy_filter->Reject(milliseconds, answer);
  return S_OK;
}

}  // namespace prime

// The exit code is the HRESULT.
int WINAPI WinMain(HINSTANCE, HINSTANCE, LPSTR, int) {
  try {
    return prime::Main();
  } catch (const prime::Failure& failure) {
    return failure.hresult;
  } catch (...) {
    return E_UNEXPECTED;
  }
}
