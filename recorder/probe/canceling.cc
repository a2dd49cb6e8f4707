// Questions about calls that are canceled with a timeout of 0: rules C2, C4, C7, C10 to C12, C14, S4.
#include "client.h"
#include "observe.h"
#include "question.h"

namespace recorder {
namespace {

// A call from one apartment to another whose server never looks for a cancel.
void Release(Place place, COINIT kind) {
  const Apartment apartment(COINIT_MULTITHREADED);
  const Server server(place);
  const auto client = Calls(server, "call", kBlock, 1, kind);
  server.WaitEntered();
  Cancel("cancel", client->id());
  ObserveRelease("the call returns", *client);
  server.Leave();
  client->Returned(INFINITE);
  server.WaitIdle();
  Fact("the server's method ended", server.Count(kFinished) == server.Count(kStarted) ? "yes" : "no");
}

void ReleaseMtaProcess(const std::wstring&) { Release(Place::kMtaProcess, COINIT_MULTITHREADED); }
void ReleaseStaProcess(const std::wstring&) { Release(Place::kStaProcess, COINIT_MULTITHREADED); }
void ReleaseStaThread(const std::wstring&) { Release(Place::kStaThread, COINIT_MULTITHREADED); }
void ReleaseFromSta(const std::wstring&) { Release(Place::kMtaProcess, COINIT_APARTMENTTHREADED); }

// The second cancel comes while the call is canceled and its thread not yet back, if there is such a time.
void Twice(const std::wstring&) {
  const Apartment apartment(COINIT_MULTITHREADED);
  const Server server(Place::kMtaProcess);
  const auto client = Calls(server, "call");
  server.WaitEntered();
  ComPtr<ICancelMethodCalls> object;
  const HRESULT hr = Timed("get", "CoGetCancelObject(thread)",
                           [&] { return Com().GetCancelObject(client->id(), IID_PPV_ARGS(&object)); });
  if (SUCCEEDED(hr) && object) {
    Timed("test before", "ICancelMethodCalls::TestCancel()", [&] { return object->TestCancel(); });
    Timed("first cancel", "ICancelMethodCalls::Cancel(0)", [&] { return object->Cancel(0); });
    Timed("second cancel", "ICancelMethodCalls::Cancel(0)", [&] { return object->Cancel(0); });
    Timed("test after", "ICancelMethodCalls::TestCancel()", [&] { return object->TestCancel(); });
    client->Returned(4'000);
    Timed("cancel of the returned call", "ICancelMethodCalls::Cancel(0)", [&] { return object->Cancel(0); });
  }
  server.Leave();
  client->Returned(INFINITE);
  Cancel("cancel without a call", client->id());
}

// A server in an MTA serves the next call at once, a server in an STA when the canceled method has ended.
void NextCall(Place place) {
  const Apartment apartment(COINIT_MULTITHREADED);
  const Server server(place);
  const UniqueHandle second(CreateEventW(nullptr, TRUE, FALSE, nullptr));
  const Client client(COINIT_MULTITHREADED, [&] {
    const ComPtr<IDispatch> object = server.Connect();
    const Enabled enabled;
    Timed("canceled call", "IDispatch::Invoke", [&] { return Invoke(object.Get(), kBlock, 15'000); });
    SetEvent(second.get());
    long value = 0;
    Timed("next call", "IDispatch::Invoke", [&] { return Invoke(object.Get(), kEcho, 4711, &value); });
    Fact("its value", std::to_string(value));
  });
  server.WaitEntered();
  Cancel("cancel", client.id());
  if (WaitForSingleObject(second.get(), 4'000) == WAIT_OBJECT_0)
    ObserveRelease("the next call returns", client, 2'000);
  server.Leave();
}

void NextCallMta(const std::wstring&) { NextCall(Place::kMtaProcess); }
void NextCallSta(const std::wstring&) { NextCall(Place::kStaProcess); }

// The STA of the server is busy with another client's call, so that the canceled call is queued there.
void Queued(const std::wstring&) {
  const Apartment apartment(COINIT_MULTITHREADED);
  const Server server(Place::kStaProcess);
  const auto first = Calls(server, "first call", kBlock, 0);
  server.WaitEntered();
  const auto queued = Calls(server, "call");
  Sleep(500);
  Cancel("cancel", queued->id());
  ObserveRelease("the call returns", *queued);
  server.Leave();
  queued->Returned(INFINITE);
  first->Returned(INFINITE);
  Sleep(200);
  Fact("methods that began", std::to_string(server.Count(kStarted)));
}

void NoCall(const std::wstring&) {
  const Apartment apartment(COINIT_MULTITHREADED);
  const Server server(Place::kMtaProcess);
  const UniqueHandle canceled(CreateEventW(nullptr, TRUE, FALSE, nullptr));
  const Client client(COINIT_MULTITHREADED, [&] {
    const ComPtr<IDispatch> object = server.Connect();
    const Enabled enabled;
    WaitForSingleObject(canceled.get(), INFINITE);
    long value = 0;
    Timed("call", "IDispatch::Invoke", [&] { return Invoke(object.Get(), kEcho, 12, &value); });
    Fact("its value", std::to_string(value));
  });
  Cancel("cancel", client.id());
  SetEvent(canceled.get());
}

// A direct call inside one apartment.
void Direct(const std::wstring&) {
  const Apartment apartment(COINIT_MULTITHREADED);
  const Control control(L"Local\\com-cancel-recorder-direct-" + std::to_wstring(GetCurrentProcessId()));
  const auto object = TakeOver<IDispatch>(new SlowObject(control));
  const Client client(COINIT_MULTITHREADED, [&] {
    const Enabled enabled;
    Timed("call", "IDispatch::Invoke", [&] { return Invoke(object.Get(), kBlock, 15'000); });
  });
  WaitForSingleObject(control.entered.get(), 10'000);
  Cancel("cancel", client.id());
  ObserveRelease("the call returns", client, 500);
  SetEvent(control.leave.get());
}

}  // namespace

std::vector<Question> CancelingQuestions() {
  return {{"release-mta-process", ReleaseMtaProcess},
          {"release-sta-process", ReleaseStaProcess},
          {"release-sta-thread", ReleaseStaThread},
          {"release-from-sta", ReleaseFromSta},
          {"cancel-twice", Twice},
          {"next-call-mta", NextCallMta},
          {"next-call-sta", NextCallSta},
          {"queued-call", Queued},
          {"no-call", NoCall},
          {"direct-call", Direct}};
}

}  // namespace recorder
