// Questions about CoEnableCallCancellation and CoDisableCallCancellation: rules E1 to E8.
#include "client.h"
#include "observe.h"
#include "question.h"

namespace recorder {
namespace {

HRESULT Enable(const std::string& key) {
  return Timed(key, "CoEnableCallCancellation(NULL)", [] { return Com().EnableCallCancellation(nullptr); });
}

HRESULT Disable(const std::string& key) {
  return Timed(key, "CoDisableCallCancellation(NULL)", [] { return Com().DisableCallCancellation(nullptr); });
}

// Observes as "cancel<suffix>" whether a call is cancelable that a thread makes after `prepare`.
void CancelAfter(const Server& server, const std::string& suffix, const std::function<void()>& prepare) {
  const Client client(COINIT_MULTITHREADED, [&] {
    prepare();
    const ComPtr<IDispatch> object = server.Connect();
    Timed("call" + suffix, "IDispatch::Invoke", [&] { return Invoke(object.Get(), kBlock, 15'000); });
  });
  server.WaitEntered();
  Cancel("cancel" + suffix, client.id());
  server.Leave();
  client.Returned(INFINITE);
  server.WaitIdle();
  server.Again();
}

void NeverEnabled(const std::wstring&) {
  const Apartment apartment(COINIT_MULTITHREADED);
  const Server server(Place::kMtaProcess);
  CancelAfter(server, "", [] {});
}

void Reserved(const std::wstring&) {
  const Apartment apartment(COINIT_MULTITHREADED);
  int something = 0;
  Timed("enable", "CoEnableCallCancellation(&something)",
        [&] { return Com().EnableCallCancellation(&something); });
  Timed("disable", "CoDisableCallCancellation(&something)",
        [&] { return Com().DisableCallCancellation(&something); });
  Enable("enable NULL");
  Disable("disable NULL");
}

void Counted(const std::wstring&) {
  const Apartment apartment(COINIT_MULTITHREADED);
  const Server server(Place::kMtaProcess);
  CancelAfter(server, ", one enable left", [] {
    Enable("first enable");
    Enable("second enable");
    Disable("first disable");
  });
  CancelAfter(server, ", no enable left", [] {
    Enable("third enable");
    Enable("fourth enable");
    Disable("disable of two");
    Disable("disable of one");
  });
}

void DisabledAlone(const std::wstring&) {
  const Apartment apartment(COINIT_MULTITHREADED);
  const Server server(Place::kMtaProcess);
  CancelAfter(server, "", [] {
    Disable("disable");
    Disable("second disable");
    Enable("enable");
  });
}

// The callback runs on the blocked thread, as it is an STA, and changes its state during the call.
void ChangedDuringCall(const std::wstring&) {
  const Apartment apartment(COINIT_MULTITHREADED);
  const Server server(Place::kMtaProcess);
  const auto call = [&](const std::string& suffix, bool enabled_before, std::function<void()> change) {
    const UniqueHandle changed(CreateEventW(nullptr, FALSE, FALSE, nullptr));
    const Client client(COINIT_APARTMENTTHREADED, [&] {
      const ComPtr<IDispatch> object = server.Connect();
      const auto callback = MakeCallback([&] {
        change();
        SetEvent(changed.get());
        return S_OK;
      });
      if (enabled_before) Com().EnableCallCancellation(nullptr);
      Timed("call" + suffix, "IDispatch::Invoke",
            [&] { return Invoke(object.Get(), kCallBack, 15'000, nullptr, callback.Get()); });
    });
    if (WaitForSingleObject(changed.get(), 10'000) != WAIT_OBJECT_0) throw Failure{"no callback", E_FAIL};
    server.WaitEntered();
    Cancel("cancel" + suffix, client.id());
    server.Leave();
    client.Returned(INFINITE);
    server.WaitIdle();
    server.Again();
  };
  call(", enabled during the call", false, [] { Enable("enable in the callback"); });
  call(", disabled during the call", true, [] { Disable("disable in the callback"); });
}

void InitializedAgain(const std::wstring&) {
  const Apartment apartment(COINIT_MULTITHREADED);
  const Server server(Place::kMtaProcess);
  CancelAfter(server, "", [] {
    Enable("enable");
    CoUninitialize();
    Timed("initialize again", "CoInitializeEx", [] { return CoInitializeEx(nullptr, COINIT_MULTITHREADED); });
  });
}

void OtherThread(const std::wstring&) {
  const Apartment apartment(COINIT_MULTITHREADED);
  const Server server(Place::kMtaProcess);
  Enable("enable on another thread");
  CancelAfter(server, "", [] {});
}

void Cost(const std::wstring&) {
  const Apartment apartment(COINIT_MULTITHREADED);
  const Server server(Place::kMtaProcess);
  const ComPtr<IDispatch> object = server.Connect();
  constexpr int kCalls = 200;
  const auto measure = [&](const char* key) {
    const Stopwatch watch;
    HRESULT hr = S_OK;
    for (int count = 0; count < kCalls && hr == S_OK; ++count) hr = Invoke(object.Get(), kEcho, count);
    Observe(key, "200 calls of IDispatch::Invoke", hr, watch.Milliseconds());
  };
  measure("warm-up");
  measure("disabled");
  const Enabled enabled;
  measure("enabled");
}

void WithoutCom(const std::wstring& where) {
  const auto calls = [] {
    const auto object = TakeOver(new CancelObject(S_OK));
    Enable("enable");
    Timed("set", "CoSetCancelObject(object)", [&] { return Com().SetCancelObject(object.Get()); });
    ComPtr<ICancelMethodCalls> found;
    Timed("get", "CoGetCancelObject(0)", [&] { return Com().GetCancelObject(0, IID_PPV_ARGS(&found)); });
    Fact("found", found ? "an object" : "no object");
    Timed("cancel", "CoCancelCall(0, 0)", [] { return Com().CancelCall(0, 0); });
    Timed("unset", "CoSetCancelObject(NULL)", [] { return Com().SetCancelObject(nullptr); });
    Timed("test", "CoTestCancel()", [] { return Com().TestCancel(); });
    ComPtr<ICancelMethodCalls> context;
    Timed("context", "CoGetCallContext",
          [&] { return Com().GetCallContext(__uuidof(ICancelMethodCalls), &context); });
    Disable("disable");
  };
  if (where != L"mta") return calls();
  const Apartment apartment(COINIT_MULTITHREADED);
  std::thread(calls).join();
}

}  // namespace

std::vector<Question> EnablingQuestions() {
  return {{"never-enabled", NeverEnabled},
          {"reserved", Reserved},
          {"counted", Counted},
          {"disabled-alone", DisabledAlone},
          {"changed-during-call", ChangedDuringCall},
          {"initialized-again", InitializedAgain},
          {"enabled-elsewhere", OtherThread},
          {"cost", Cost},
          {"without-com", WithoutCom}};
}

}  // namespace recorder
