// Questions about the release of proxies, the end of an apartment, and thread ids: rules C15 and W5.
#include "client.h"
#include "observe.h"
#include "question.h"

namespace recorder {
namespace {

// The server's STA is busy while a client releases its last reference to an object there.
void ProxyRelease(const std::wstring&) {
  const Apartment apartment(COINIT_MULTITHREADED);
  const Server server(Place::kStaProcess);
  const long before = server.Count(kObjects);
  const UniqueHandle made(CreateEventW(nullptr, TRUE, FALSE, nullptr));
  const UniqueHandle busy(CreateEventW(nullptr, TRUE, FALSE, nullptr));
  const UniqueHandle releasing(CreateEventW(nullptr, TRUE, FALSE, nullptr));
  const Client client(COINIT_MULTITHREADED, [&] {
    ComPtr<IDispatch> object;
    Check(Invoke(server.Connect().Get(), kNew, 0, nullptr, nullptr, &object), "kNew");
    SetEvent(made.get());
    WaitForSingleObject(busy.get(), INFINITE);
    const Enabled enabled;
    SetEvent(releasing.get());
    Timed("release", "IUnknown::Release of the last reference to a proxy", [&] {
      object.Reset();
      return S_OK;
    });
  });
  if (WaitForSingleObject(made.get(), 10'000) != WAIT_OBJECT_0) throw Failure{"no second object", E_FAIL};
  const auto blocker = Calls(server, "other call", kBlock, 0);
  server.WaitEntered();
  SetEvent(busy.get());
  WaitForSingleObject(releasing.get(), INFINITE);
  const bool blocks = !client.Returned(500);
  Fact("the release of a proxy of a busy server", blocks ? "blocks" : "does not block");
  Cancel("cancel", client.id());
  if (blocks) Fact("the canceled release", client.Returned(2'000) ? "returns" : "does not return");
  server.Leave();
  client.Returned(INFINITE);
  blocker->Returned(INFINITE);
  const ULONGLONG end = GetTickCount64() + 3'000;
  while (server.Count(kObjects) != before && GetTickCount64() < end) Sleep(20);
  Fact("the object in the server", server.Count(kObjects) == before ? "is gone" : "is alive after 3 s");
}

// Another process is in a call to an object of this process's MTA when the MTA's last thread leaves it.
// This process is the server, so the roles are: `serve mta` calls back, and the callback is the incoming
// call.
void LastUninitialize(const std::wstring&) {
  const UniqueHandle inside(CreateEventW(nullptr, TRUE, FALSE, nullptr));
  const UniqueHandle leave(CreateEventW(nullptr, TRUE, FALSE, nullptr));
  // An STA thread keeps the process's COM alive and makes the call; the object lives in the MTA.
  const Server server(Place::kMtaProcess);
  const UniqueHandle exported(CreateEventW(nullptr, TRUE, FALSE, nullptr));
  const UniqueHandle taken(CreateEventW(nullptr, TRUE, FALSE, nullptr));
  ComPtr<IStream> stream;
  const auto callback = MakeCallback([&] {
    SetEvent(inside.get());
    WaitForSingleObject(leave.get(), 10'000);
    return S_OK;
  });
  const Client caller(COINIT_APARTMENTTHREADED, [&] {
    WaitForSingleObject(exported.get(), INFINITE);
    ComPtr<IDispatch> object;
    Check(CoGetInterfaceAndReleaseStream(stream.Detach(), IID_PPV_ARGS(&object)),
          "CoGetInterfaceAndReleaseStream");
    SetEvent(taken.get());
    const ComPtr<IDispatch> remote = server.Connect();
    Timed("call", "IDispatch::Invoke, whose server calls back into the MTA",
          [&] { return Invoke(remote.Get(), kCallBack, 0, nullptr, object.Get()); });
  });
  std::atomic<bool> returned{false};
  std::thread mta([&] {
    Check(CoInitializeEx(nullptr, COINIT_MULTITHREADED), "CoInitializeEx");
    Check(CoMarshalInterThreadInterfaceInStream(__uuidof(IDispatch), callback.Get(), &stream),
          "CoMarshalInterThreadInterfaceInStream");
    SetEvent(exported.get());
    WaitForSingleObject(taken.get(), INFINITE);
    if (WaitForSingleObject(inside.get(), 10'000) != WAIT_OBJECT_0)
      Fact("the incoming call", "has not begun");
    Timed("uninitialize", "CoUninitialize of the last MTA thread", [] {
      CoUninitialize();
      return S_OK;
    });
    returned = true;
  });
  WaitForSingleObject(inside.get(), 15'000);
  Sleep(2'000);
  Fact("CoUninitialize returns",
       returned ? "before the incoming call has ended" : "not before the incoming call has ended");
  SetEvent(leave.get());
  mta.join();
}

DWORD WINAPI Nothing(void*) { return 0; }

// Whether a new thread gets the id of one that has ended, with and without a handle to it.
void ThreadIds(const std::wstring&) {
  const auto start = [](DWORD& id) {
    return UniqueHandle(CreateThread(nullptr, 0, Nothing, nullptr, 0, &id));
  };
  const auto reused = [&](bool hold) {
    DWORD id = 0;
    UniqueHandle first = start(id);
    WaitForSingleObject(first.get(), INFINITE);
    if (!hold) first = UniqueHandle();
    for (int count = 0; count < 2'000; ++count) {
      DWORD next = 0;
      const UniqueHandle thread = start(next);
      WaitForSingleObject(thread.get(), INFINITE);
      if (next == id) return true;
    }
    return false;
  };
  Fact("id reused without a handle", reused(false) ? "yes" : "not in 2000 threads");
  Fact("id reused while a handle is open", reused(true) ? "yes" : "not in 2000 threads");
}

}  // namespace

std::vector<Question> LifetimeQuestions() {
  return {
      {"proxy-release", ProxyRelease}, {"last-uninitialize", LastUninitialize}, {"thread-ids", ThreadIds}};
}

}  // namespace recorder
