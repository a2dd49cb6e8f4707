// Client threads, and the calls that most questions make.
#include "client.h"

#include "observe.h"

namespace recorder {

Apartment::Apartment(COINIT kind) { Check(CoInitializeEx(nullptr, kind), "CoInitializeEx"); }

Client::Client(COINIT kind, std::function<void()> work)
    : ready_(CreateEventW(nullptr, TRUE, FALSE, nullptr)),
      returned_(CreateEventW(nullptr, TRUE, FALSE, nullptr)) {
  thread_ = std::thread([this, kind, work = std::move(work)] {
    id_ = GetCurrentThreadId();
    SetEvent(ready_.get());
    try {
      const Apartment apartment(kind);
      work();
      SetEvent(returned_.get());
    } catch (const Failure& failure) {
      Observe("failed", failure.what, failure.hresult, 0);
    }
    SetEvent(returned_.get());
  });
  WaitForSingleObject(ready_.get(), INFINITE);
}

Client::~Client() { thread_.join(); }

HRESULT Cancel(const std::string& key, DWORD thread, ULONG seconds) {
  const std::string text = seconds == static_cast<ULONG>(RPC_C_CANCEL_INFINITE_TIMEOUT)
                               ? "RPC_C_CANCEL_INFINITE_TIMEOUT"
                               : std::to_string(seconds);
  return Timed(key, "CoCancelCall(thread, " + text + ")", [&] { return Com().CancelCall(thread, seconds); });
}

std::unique_ptr<Client> Calls(const Server& server, const std::string& key, Member member, int enables,
                              COINIT kind, long ms) {
  return std::make_unique<Client>(kind, [&server, key, member, enables, ms] {
    const ComPtr<IDispatch> object = server.Connect();
    for (int count = 0; count < enables; ++count) Com().EnableCallCancellation(nullptr);
    Timed(key, "IDispatch::Invoke", [&] { return Invoke(object.Get(), member, ms); });
    for (int count = 0; count < enables; ++count) Com().DisableCallCancellation(nullptr);
  });
}

bool ObserveRelease(const std::string& key, const Client& client, DWORD within) {
  const bool released = client.Returned(within);
  Fact(key, released ? "before its method ends" : "not before its method ends");
  return released;
}

const char* NameOf(COINIT kind) { return kind == COINIT_MULTITHREADED ? "MTA" : "STA"; }

}  // namespace recorder
