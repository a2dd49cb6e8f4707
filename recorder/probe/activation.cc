// Questions about activations that are canceled: rule C13, and calls to another machine.
#include <set>

#include "client.h"
#include "host/call_scope.h"
#include "observe.h"
#include "question.h"
// After win.h, which it needs.
#include <tlhelp32.h>

namespace recorder {
namespace {

constexpr const wchar_t* kNever = L"Prime.Calculator.Never";
constexpr const wchar_t* kExecutable = L"prime_server.exe";

std::set<DWORD> Processes() {
  std::set<DWORD> ids;
  const UniqueHandle snapshot(CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0));
  PROCESSENTRY32W entry{};
  entry.dwSize = sizeof(entry);
  for (BOOL more = Process32FirstW(snapshot.get(), &entry); more;
       more = Process32NextW(snapshot.get(), &entry))
    if (CompareStringOrdinal(entry.szExeFile, -1, kExecutable, -1, TRUE) == CSTR_EQUAL)
      ids.insert(entry.th32ProcessID);
  return ids;
}

// The server of this class is started by COM and never registers its class.
void Canceled(const std::wstring&) {
  const Apartment apartment(COINIT_MULTITHREADED);
  CLSID clsid;
  if (FAILED(CLSIDFromProgID(kNever, &clsid)))
    return NotAsked("Prime.Calculator is not registered: prime_server.exe -register");
  const std::set<DWORD> before = Processes();
  const Client client(COINIT_MULTITHREADED, [&] {
    const Enabled enabled;
    MULTI_QI asked{&__uuidof(IDispatch), nullptr, S_OK};
    Timed("activation", "CoCreateInstanceEx", [&] {
      com_cancel::CallScope scope(com_cancel::CallScope::Of::kActivation);
      return scope.End(CoCreateInstanceEx(clsid, nullptr, CLSCTX_LOCAL_SERVER, nullptr, 1, &asked));
    });
    Observe("its result", "MULTI_QI.hr", asked.hr, 0);
    Fact("its object", asked.pItf ? "an object" : "none");
    if (asked.pItf) asked.pItf->Release();
  });
  std::set<DWORD> started;
  for (int turn = 0; turn < 100 && started.empty(); ++turn) {
    Sleep(50);
    for (const DWORD id : Processes())
      if (before.count(id) == 0) started.insert(id);
  }
  Fact("the server's process", started.empty() ? "was not started in 5 s" : "was started");
  const Stopwatch watch;
  HRESULT hr = E_NOINTERFACE;
  // The proxy to COM's own service registers its cancel object within the activation, sooner or later.
  while (hr == E_NOINTERFACE && watch.Milliseconds() < 3'000 && !client.Returned(0)) {
    hr = Com().CancelCall(client.id(), 0);
    if (hr == E_NOINTERFACE) Sleep(20);
  }
  Observe("cancel", "CoCancelCall(thread, 0), repeated while it returns E_NOINTERFACE", hr,
          watch.Milliseconds());
  Fact("the activation returns", client.Returned(3'000) ? "at once" : "not within 3 s");
  const std::set<DWORD> left = Processes();
  for (const DWORD id : started) {
    const bool alive = left.count(id) > 0;
    Fact("its process afterwards", alive ? "runs" : "has ended");
    const UniqueHandle process(alive ? OpenProcess(PROCESS_TERMINATE, FALSE, id) : nullptr);
    if (process) TerminateProcess(process.get(), 1);
  }
}

// Calls of another machine's class, which exists on each Windows: the log on to WMI.
constexpr CLSID kWbemLevel1Login = {
    0x8BC3F05E, 0xD86B, 0x11D0, {0xA0, 0x75, 0x00, 0xC0, 0x4F, 0xB6, 0x88, 0x20}};

// Cancels whatever blocks the thread, and observes how long that takes. False when it is back before.
bool CancelBlocked(const Client& client, const std::string& suffix, DWORD after) {
  if (client.Returned(after)) return false;
  const Stopwatch watch;
  Cancel("cancel" + suffix, client.id());
  client.Returned(60'000);
  Observe("thread back" + suffix, "until the canceled call returned", client.Returned(0) ? S_OK : S_FALSE,
          watch.Milliseconds());
  return true;
}

// Activates a class on a machine that does not answer, or answers and is then cut off by the one who runs
// this.
void Remote(const std::wstring& host) {
  if (host.empty()) return NotAsked("no other machine was named: --remote HOST");
  const Apartment apartment(COINIT_MULTITHREADED);
  std::wstring name = host;
  COSERVERINFO machine{};
  machine.pwszName = name.data();
  ComPtr<IUnknown> object;
  const auto activate = [&](const std::string& suffix) {
    MULTI_QI asked{&__uuidof(IUnknown), nullptr, S_OK};
    const Enabled enabled;
    Timed("activation" + suffix, "CoCreateInstanceEx of WbemLevel1Login on the other machine", [&] {
      com_cancel::CallScope scope(com_cancel::CallScope::Of::kActivation);
      return scope.End(
          CoCreateInstanceEx(kWbemLevel1Login, nullptr, CLSCTX_REMOTE_SERVER, &machine, 1, &asked));
    });
    return TakeOver(asked.pItf);
  };
  {
    const Client client(COINIT_MULTITHREADED, [&] { object = activate(""); });
    if (!CancelBlocked(client, "", 3'000)) Fact("the machine", object ? "answers" : "refuses");
  }
  if (!object) return;
  Fact("now", "cut the machine off from the network within two minutes");
  for (int turn = 0; turn < 120; ++turn) {
    const Client client(COINIT_MULTITHREADED, [&] {
      const Enabled enabled;
      ComPtr<IUnknown> queried;
      // An interface that no proxy has asked for yet, so that the question goes to the server.
      GUID unknown{};
      CoCreateGuid(&unknown);
      const HRESULT hr = object.CopyTo(unknown, &queried);
      if (hr != E_NOINTERFACE) Observe("call", "QueryInterface on the other machine", hr, 0);
    });
    if (CancelBlocked(client, " of a call to the machine cut off", 3'000)) return;
    Sleep(1'000);
  }
  NotAsked("no call to the machine blocked within two minutes");
}

}  // namespace

std::vector<Question> ActivationQuestions() {
  return {{"canceled-activation", Canceled}, {"remote", Remote}};
}

}  // namespace recorder
