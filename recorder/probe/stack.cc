// Questions about the stack of cancel objects while calls are nested: rules O3, O6, C9, C15.
#include "client.h"
#include "observe.h"
#include "question.h"

namespace recorder {
namespace {

// Makes a call on an STA thread whose server calls back, and runs a function in the callback, on the same
// thread. Afterwards the outer call blocks until `after` has run.
void InCallback(
    const std::function<void(const Server& inner)>& in_callback,
    const std::function<void(const Client& client, const Server& outer)>& after,
    const std::function<void()>& before_call = [] {}) {
  const Apartment apartment(COINIT_MULTITHREADED);
  const Server outer(Place::kMtaProcess);
  const Server inner(Place::kMtaProcess);
  const Client client(COINIT_APARTMENTTHREADED, [&] {
    const ComPtr<IDispatch> object = outer.Connect();
    const auto callback = MakeCallback([&] {
      in_callback(inner);
      return S_OK;
    });
    const Enabled enabled;
    before_call();
    Timed("outer call", "IDispatch::Invoke",
          [&] { return Invoke(object.Get(), kCallBack, 15'000, nullptr, callback.Get()); });
  });
  if (!outer.Entered(40'000)) throw Failure{"the callback has not ended", E_FAIL};
  after(client, outer);
  outer.Leave();
  client.Returned(INFINITE);
}

// The class of what CoGetCancelObject(0) finds, in relation to objects of our own.
std::string Innermost(const CancelObject* own) {
  ComPtr<ICancelMethodCalls> found;
  const HRESULT hr = Com().GetCancelObject(0, IID_PPV_ARGS(&found));
  if (FAILED(hr) || !found) return "none";
  return found.Get() == own ? "our object" : "an object of COM";
}

HRESULT CancelFromElsewhere(const std::string& key, DWORD thread) {
  HRESULT hr = E_FAIL;
  std::thread([&] {
    const Apartment apartment(COINIT_MULTITHREADED);
    hr = Cancel(key, thread);
  }).join();
  return hr;
}

// Our object, registered in a callback, lies above the proxy's of the outer call, and below that of a call
// that the callback makes.
void OneStack(const std::wstring&) {
  const auto own = TakeOver(new CancelObject(S_OK));
  InCallback(
      [&](const Server& inner) {
        const DWORD thread = GetCurrentThreadId();
        Fact("innermost in the callback", Innermost(own.Get()));
        Timed("set", "CoSetCancelObject(object)", [&] { return Com().SetCancelObject(own.Get()); });
        Fact("innermost after set", Innermost(own.Get()));
        CancelFromElsewhere("cancel after set", thread);
        Fact("cancels of our object", std::to_string(own->cancels()));

        const ComPtr<IDispatch> object = inner.Connect();
        std::thread canceler([&] {
          const Apartment apartment(COINIT_MULTITHREADED);
          inner.WaitEntered();
          Cancel("cancel during the inner call", thread);
          Sleep(500);
          inner.Leave();
        });
        Timed("inner call", "IDispatch::Invoke", [&] { return Invoke(object.Get(), kBlock, 15'000); });
        canceler.join();
        Fact("cancels of our object after the inner call", std::to_string(own->cancels()));
        Fact("innermost after the inner call", Innermost(own.Get()));
        Timed("unset", "CoSetCancelObject(NULL)", [] { return Com().SetCancelObject(nullptr); });
        Fact("innermost after unset", Innermost(own.Get()));
      },
      [](const Client& client, const Server&) { Cancel("cancel of the outer call", client.id()); });
}

// An object registered before a call lies below the proxy's.
void SetBeforeCall(const std::wstring&) {
  const Apartment apartment(COINIT_MULTITHREADED);
  const Server server(Place::kMtaProcess);
  const auto own = TakeOver(new CancelObject(S_OK));
  const Client client(COINIT_MULTITHREADED, [&] {
    const ComPtr<IDispatch> object = server.Connect();
    const Enabled enabled;
    Timed("set", "CoSetCancelObject(object)", [&] { return Com().SetCancelObject(own.Get()); });
    Timed("call", "IDispatch::Invoke", [&] { return Invoke(object.Get(), kBlock, 15'000); });
    Fact("innermost after the call", Innermost(own.Get()));
    Com().SetCancelObject(nullptr);
  });
  server.WaitEntered();
  Cancel("cancel", client.id());
  Fact("cancels of our object", std::to_string(own->cancels()));
  server.Leave();
}

// A callback unregisters more than it has registered: does the outer call lose its own object?
void UnsetTooMuch(const std::wstring&) {
  InCallback(
      [](const Server&) {
        Timed("unset in the callback", "CoSetCancelObject(NULL)",
              [] { return Com().SetCancelObject(nullptr); });
        Fact("innermost after unset", Innermost(nullptr));
      },
      [](const Client& client, const Server&) { Cancel("cancel of the outer call", client.id()); });
}

// Work in a callback without a cancel object of its own: the barrier keeps cancels from the call around it.
void Barrier(const std::wstring&) {
  const auto barrier = TakeOver(new CancelObject(E_NOINTERFACE));
  InCallback(
      [&](const Server&) {
        Com().SetCancelObject(barrier.Get());
        CancelFromElsewhere("cancel in the callback", GetCurrentThreadId());
        Com().SetCancelObject(nullptr);
      },
      [](const Client&, const Server& outer) { outer.Leave(); });
}

// The thread of the call cancels it itself, from within a callback.
void SameThread(const std::wstring&) {
  InCallback(
      [](const Server&) {
        Timed("cancel in the callback", "CoCancelCall(0, 0)", [] { return Com().CancelCall(0, 0); });
      },
      [](const Client& client, const Server&) { ObserveRelease("the outer call returns", client); });
}

// The outer call is canceled while the callback's own call blocks.
void OuterWhileNested(const std::wstring&) {
  ComPtr<ICancelMethodCalls> outer_object;
  InCallback(
      [&](const Server& inner) {
        Timed("get in the callback", "CoGetCancelObject(0)",
              [&] { return Com().GetCancelObject(0, IID_PPV_ARGS(&outer_object)); });
        const ComPtr<IDispatch> object = inner.Connect();
        std::thread canceler([&] {
          const Apartment apartment(COINIT_MULTITHREADED);
          inner.WaitEntered();
          if (outer_object)
            Timed("cancel of the outer call", "ICancelMethodCalls::Cancel(0)",
                  [&] { return outer_object->Cancel(0); });
          Sleep(500);
          inner.Leave();
        });
        Timed("inner call", "IDispatch::Invoke", [&] { return Invoke(object.Get(), kBlock, 15'000); });
        canceler.join();
        outer_object.Reset();
      },
      [](const Client& client, const Server&) { ObserveRelease("the outer call returns", client); });
}

}  // namespace

std::vector<Question> StackQuestions() {
  return {{"one-stack", OneStack},          {"set-before-call", SetBeforeCall},
          {"unset-too-much", UnsetTooMuch}, {"barrier", Barrier},
          {"same-thread", SameThread},      {"outer-while-nested", OuterWhileNested}};
}

}  // namespace recorder
