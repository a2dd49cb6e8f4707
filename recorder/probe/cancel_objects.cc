// Questions about CoSetCancelObject and CoGetCancelObject without calls: rules O1 to O9, C1, C12.
#include "client.h"
#include "observe.h"
#include "question.h"

namespace recorder {
namespace {

HRESULT Set(const std::string& key, IUnknown* object) {
  return Timed(key, object ? "CoSetCancelObject(object)" : "CoSetCancelObject(NULL)",
               [&] { return Com().SetCancelObject(object); });
}

HRESULT Get(const std::string& key, DWORD thread, ComPtr<ICancelMethodCalls>& found) {
  return Timed(key, "CoGetCancelObject(" + std::to_string(thread) + ")",
               [&] { return Com().GetCancelObject(thread, IID_PPV_ARGS(&found)); });
}

void WithoutInterface(const std::wstring&) {
  const Apartment apartment(COINIT_MULTITHREADED);
  const auto object = MakeCallback([] { return S_OK; });
  Set("set", object.Get());
  ComPtr<ICancelMethodCalls> found;
  Get("get", 0, found);
}

void References(const std::wstring&) {
  const Apartment apartment(COINIT_MULTITHREADED);
  const auto object = TakeOver(new CancelObject(S_OK));
  const ULONG before = object->References();
  Set("set", object.Get());
  Fact("taken by set", std::to_string(object->References() - before));
  ComPtr<ICancelMethodCalls> found;
  const ULONG registered = object->References();
  Get("get", 0, found);
  Fact("taken by get", std::to_string(object->References() - registered));
  found.Reset();
  Set("unset", nullptr);
  Fact("left after unset", std::to_string(object->References() - before));
}

void Stack(const std::wstring&) {
  const Apartment apartment(COINIT_MULTITHREADED);
  const Enabled enabled;
  const auto first = TakeOver(new CancelObject(S_OK));
  const auto second = TakeOver(new CancelObject(S_OK));
  const auto topmost = [&](const std::string& key) {
    ComPtr<ICancelMethodCalls> found;
    Com().GetCancelObject(0, IID_PPV_ARGS(&found));
    const bool is_first = found.Get() == first.Get();
    Fact(key, !found                        ? "none"
              : is_first                    ? "first"
              : found.Get() == second.Get() ? "second"
                                            : "another object");
  };
  Set("set the first", first.Get());
  topmost("topmost of one");
  Set("set the second", second.Get());
  topmost("topmost of two");
  Set("unset", nullptr);
  topmost("topmost after one unset");
  Set("unset again", nullptr);
  topmost("topmost after two");
}

void Empty(const std::wstring&) {
  const Apartment apartment(COINIT_MULTITHREADED);
  Set("unset", nullptr);
  Set("unset again", nullptr);
}

void Nothing(const std::wstring&) {
  const Apartment apartment(COINIT_MULTITHREADED);
  const Client idle(COINIT_MULTITHREADED, [] {});
  ComPtr<ICancelMethodCalls> found;
  Get("get of this thread", 0, found);
  Get("get of a thread that makes no call", idle.id(), found);
  // Thread ids are multiples of four.
  Get("get of no thread", 3, found);
  Cancel("cancel of this thread", 0);
  Cancel("cancel of no thread", 3);
}

void Refusing(const std::wstring&) {
  const Apartment apartment(COINIT_MULTITHREADED);
  const Enabled enabled;
  const auto object = TakeOver(new CancelObject(E_NOTIMPL));
  const ULONG before = object->References();
  Set("set", object.Get());
  Timed("cancel of this thread", "CoCancelCall(0, 7)", [] { return Com().CancelCall(0, 7); });
  Fact("seconds", std::to_string(object->seconds()));
  std::thread([id = GetCurrentThreadId()] {
    const Apartment other(COINIT_MULTITHREADED);
    Cancel("cancel from another thread", id, 9);
  }).join();
  Fact("seconds from another thread", std::to_string(object->seconds()));
  Fact("cancels", std::to_string(object->cancels()));
  Set("unset", nullptr);
  Fact("references left", std::to_string(object->References() - before));
}

void DisabledThread(const std::wstring&) {
  const Apartment apartment(COINIT_MULTITHREADED);
  const auto object = TakeOver(new CancelObject(S_OK));
  Set("set", object.Get());
  Timed("cancel", "CoCancelCall(0, 0)", [] { return Com().CancelCall(0, 0); });
  Fact("cancels", std::to_string(object->cancels()));
  Set("unset", nullptr);
}

// What a thread gets that asks for the object of a thread in another apartment.
void ObjectOrProxy(const std::wstring& kind) {
  const COINIT owner_kind = kind == L"sta" ? COINIT_APARTMENTTHREADED : COINIT_MULTITHREADED;
  const Apartment apartment(COINIT_MULTITHREADED);
  const auto object = TakeOver(new CancelObject(S_OK));
  const UniqueHandle registered(CreateEventW(nullptr, TRUE, FALSE, nullptr));
  const UniqueHandle asked(CreateEventW(nullptr, TRUE, FALSE, nullptr));
  DWORD owner = 0;
  const Client client(owner_kind, [&] {
    const Enabled enabled;
    owner = GetCurrentThreadId();
    Set("set", object.Get());
    SetEvent(registered.get());
    // Pumps, so that a call through a proxy would arrive.
    for (DWORD waited = WAIT_OBJECT_0 + 1; waited == WAIT_OBJECT_0 + 1;) {
      const HANDLE event = asked.get();
      waited = MsgWaitForMultipleObjectsEx(1, &event, 15'000, QS_ALLINPUT, MWMO_INPUTAVAILABLE);
      MSG message;
      while (PeekMessageW(&message, nullptr, 0, 0, PM_REMOVE)) DispatchMessageW(&message);
    }
    Set("unset", nullptr);
  });
  WaitForSingleObject(registered.get(), INFINITE);
  ComPtr<ICancelMethodCalls> found;
  if (SUCCEEDED(Get("get", client.id(), found)) && found) {
    ComPtr<IUnknown> proxy;
    const bool is_proxy = SUCCEEDED(found.CopyTo(__uuidof(IClientSecurity), &proxy));
    Fact("the other thread gets", found.Get() == object.Get() ? "the object"
                                  : is_proxy                  ? "a proxy"
                                                              : "another object");
  }
  Cancel("cancel", client.id());
  Fact("Cancel runs on", object->cancels() == 0                     ? "no thread"
                         : object->thread() == owner                ? "the thread of the object"
                         : object->thread() == GetCurrentThreadId() ? "the thread that cancels"
                                                                    : "a third thread");
  found.Reset();
  SetEvent(asked.get());
}

}  // namespace

std::vector<Question> CancelObjectQuestions() {
  return {{"set-without-interface", WithoutInterface},
          {"references", References},
          {"own-stack", Stack},
          {"unset-empty", Empty},
          {"nothing-registered", Nothing},
          {"refusing-object", Refusing},
          {"own-object-disabled", DisabledThread},
          {"object-or-proxy", ObjectOrProxy}};
}

}  // namespace recorder
