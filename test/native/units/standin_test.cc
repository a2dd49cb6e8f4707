// Tests of the stand-in with calls to a real local server: one program is the server, its clients and the
// test.
//
//   standin_test.exe                  registers itself, runs everything, ends its servers, unregisters
//   standin_test.exe unregister       removes what a run that was killed left in the registry
//   standin_test.exe bench [calls]    microseconds per call: without the hook, disabled, enabled
//   standin_test.exe serve-sta|serve-mta [-Embedding]    the server, started by COM
//
// Prints a line for each check. The exit code is 1 when one failed.
#include "standin/functions.h"
// After windows.h, which it needs.
#include <oleauto.h>
#include <wrl/client.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "host/call_scope.h"
#include "host/counters.h"

using com_cancel::CallScope;
using com_cancel::UniqueHandle;
using Microsoft::WRL::ComPtr;

namespace {

constexpr CLSID kClasses[] = {{0x8f1c5a10, 0x6a0e, 0x4d53, {0x8e, 0x21, 0x40, 0x7c, 0x19, 0x5b, 0xd2, 0x01}},
                              {0x8f1c5a10, 0x6a0e, 0x4d53, {0x8e, 0x21, 0x40, 0x7c, 0x19, 0x5b, 0xd2, 0x02}}};
constexpr const wchar_t* kServers[] = {L"serve-sta", L"serve-mta"};
constexpr auto kInfinite = static_cast<ULONG>(RPC_C_CANCEL_INFINITE_TIMEOUT);

enum Method : DISPID {
  kEcho = 1,     // (value, _): the value
  kPoll,         // (value, milliseconds): the value, or -value as soon as the call is canceled
  kBlock,        // (value, milliseconds): the value, after that time
  kRaise,        // raises an exception
  kDie,          // ends the server's process
  kTest,         // the result of CoTestCancel
  kOutside,      // the last result of CoTestCancel between calls
  kObjects,      // how many objects of the stand-in exist in the server
  kCallBack,     // (object): calls its kEcho, then returns CoTestCancel
  kSlowFactory,  // from now on CreateInstance polls for this many milliseconds
  kWaitAndEcho,  // (value, milliseconds): pumps for that time, then as kEcho
  kQuit,         // the server revokes its class and ends soon
  kNoticed,      // how many methods of the server noticed that they were canceled
  kMake,         // (_, milliseconds): a new object, after that time
  kAlive,        // how many objects of this class the server has
};

std::atomic<long> outside{0};
std::atomic<long> slow_factory{0};
std::atomic<long> factory_noticed{0};
std::atomic<long> methods_noticed{0};
std::atomic<long> alive{0};
std::atomic<bool> quitting{false};

bool PollFor(long milliseconds) {
  const ULONGLONG end = GetTickCount64() + static_cast<ULONGLONG>(milliseconds);
  while (GetTickCount64() < end) {
    if (com_cancel_CoTestCancel() == RPC_E_CALL_CANCELED) return true;
    Sleep(1);
  }
  return false;
}

void Pump(DWORD milliseconds) {
  const ULONGLONG end = GetTickCount64() + milliseconds;
  for (ULONGLONG now = GetTickCount64(); now < end; now = GetTickCount64()) {
    MsgWaitForMultipleObjects(0, nullptr, FALSE, static_cast<DWORD>(end - now), QS_ALLINPUT);
    MSG message;
    while (PeekMessageW(&message, nullptr, 0, 0, PM_REMOVE)) DispatchMessageW(&message);
  }
}

HRESULT Invoke(IDispatch* object, DISPID method, long value = 0, long milliseconds = 0,
               long* result = nullptr, IDispatch* callback = nullptr) {
  VARIANT arguments[2];
  arguments[1].vt = VT_I4;
  arguments[1].lVal = value;
  arguments[0].vt = VT_I4;
  arguments[0].lVal = milliseconds;
  if (callback) {
    arguments[0].vt = VT_DISPATCH;
    arguments[0].pdispVal = callback;
  }
  DISPPARAMS parameters{arguments, nullptr, 2, 0};
  VARIANT answer;
  VariantInit(&answer);
  const HRESULT hr =
      object->Invoke(method, IID_NULL, 0, DISPATCH_METHOD, &parameters, &answer, nullptr, nullptr);
  if (result) *result = answer.vt == VT_I4 ? answer.lVal : 0;
  VariantClear(&answer);
  return hr;
}

// IPersist only so that a proxy has a further interface to query.
class Object final : public IDispatch, public IPersist {
 public:
  Object() { ++alive; }
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;

  // An additional action of kEcho, for the object of the client.
  std::function<void()> on_echo;

  HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override {
    *object = nullptr;
    if (iid == __uuidof(IUnknown) || iid == __uuidof(IDispatch)) *object = static_cast<IDispatch*>(this);
    if (iid == __uuidof(IPersist)) *object = static_cast<IPersist*>(this);
    if (!*object) return E_NOINTERFACE;
    AddRef();
    return S_OK;
  }
  HRESULT STDMETHODCALLTYPE GetClassID(CLSID* id) override {
    *id = kClasses[0];
    return S_OK;
  }
  ULONG STDMETHODCALLTYPE AddRef() override { return ++references_; }
  ULONG STDMETHODCALLTYPE Release() override {
    const ULONG left = --references_;
    if (left == 0) delete this;
    return left;
  }
  HRESULT STDMETHODCALLTYPE GetTypeInfoCount(UINT* count) override {
    *count = 0;
    return S_OK;
  }
  HRESULT STDMETHODCALLTYPE GetTypeInfo(UINT, LCID, ITypeInfo**) override { return E_NOTIMPL; }
  HRESULT STDMETHODCALLTYPE GetIDsOfNames(REFIID, LPOLESTR*, UINT, LCID, DISPID*) override {
    return DISP_E_UNKNOWNNAME;
  }
  HRESULT STDMETHODCALLTYPE Invoke(DISPID method, REFIID, LCID, WORD, DISPPARAMS* parameters, VARIANT* result,
                                   EXCEPINFO*, UINT*) override {
    const long value = parameters->rgvarg[1].lVal;
    const long milliseconds = parameters->rgvarg[0].lVal;
    long answer = value;
    switch (method) {
      case kEcho:
        if (on_echo) on_echo();
        break;
      case kPoll:
        if (PollFor(milliseconds)) {
          answer = -value;
          ++methods_noticed;
        }
        break;
      case kBlock:
        Sleep(static_cast<DWORD>(milliseconds));
        break;
      case kRaise:
        RaiseException(0xE0001234, 0, 0, nullptr);
        break;
      case kDie:
        // Not TerminateProcess: under Wine 8 that leaves an activation pipe behind that no process serves.
        ExitProcess(3);
        break;
      case kTest:
        answer = com_cancel_CoTestCancel();
        break;
      case kOutside:
        answer = outside;
        break;
      case kObjects:
        answer = com_cancel::counters::objects;
        break;
      case kCallBack: {
        const HRESULT hr = ::Invoke(parameters->rgvarg[0].pdispVal, kEcho);
        answer = FAILED(hr) ? hr : com_cancel_CoTestCancel();
        if (answer == RPC_E_CALL_CANCELED) ++methods_noticed;
        break;
      }
      case kSlowFactory:
        slow_factory = value;
        answer = factory_noticed;
        break;
      case kWaitAndEcho:
        Pump(static_cast<DWORD>(milliseconds));
        break;
      case kQuit:
        quitting = true;
        break;
      case kNoticed:
        answer = methods_noticed;
        break;
      case kMake:
        Sleep(static_cast<DWORD>(milliseconds));
        result->vt = VT_DISPATCH;
        result->pdispVal = new Object;
        return S_OK;
      case kAlive:
        answer = alive;
        break;
      default:
        return DISP_E_MEMBERNOTFOUND;
    }
    if (result) {
      result->vt = VT_I4;
      result->lVal = answer;
    }
    return S_OK;
  }

 private:
  ~Object() { --alive; }

  std::atomic<ULONG> references_{1};
};

class Factory final : public IClassFactory {
 public:
  HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override {
    const bool known = iid == __uuidof(IUnknown) || iid == __uuidof(IClassFactory);
    *object = known ? this : nullptr;
    return known ? S_OK : E_NOINTERFACE;
  }
  ULONG STDMETHODCALLTYPE AddRef() override { return 2; }
  ULONG STDMETHODCALLTYPE Release() override { return 1; }
  HRESULT STDMETHODCALLTYPE CreateInstance(IUnknown*, REFIID iid, void** object) override {
    if (slow_factory && PollFor(slow_factory)) ++factory_noticed;
    auto* const made = new Object;
    const HRESULT hr = made->QueryInterface(iid, object);
    made->Release();
    return hr;
  }
  HRESULT STDMETHODCALLTYPE LockServer(BOOL) override { return S_OK; }
};

Factory factory;

int Serve(int which) {
  CoInitializeEx(nullptr, which == 0 ? COINIT_APARTMENTTHREADED : COINIT_MULTITHREADED);
  com_cancel_ServeCancellation();
  DWORD cookie = 0;
  CoRegisterClassObject(kClasses[which], &factory, CLSCTX_LOCAL_SERVER, REGCLS_MULTIPLEUSE, &cookie);
  for (int turn = 0; turn < 18'000 && !quitting; ++turn) {
    Pump(10);
    outside = com_cancel_CoTestCancel();
  }
  CoRevokeClassObject(cookie);
  Pump(500);  // for the reply to the last caller, and its releases
  CoUninitialize();
  return 0;
}

std::wstring OwnPath() {
  wchar_t path[MAX_PATH];
  GetModuleFileNameW(nullptr, path, MAX_PATH);
  return path;
}

std::wstring KeyOf(int which) {
  wchar_t clsid[64];
  StringFromGUID2(kClasses[which], clsid, 64);
  return std::wstring(L"CLSID\\") + clsid;
}

void Register() {
  for (int which = 0; which < 2; ++which) {
    HKEY key = nullptr;
    RegCreateKeyW(HKEY_CLASSES_ROOT, (KeyOf(which) + L"\\LocalServer32").c_str(), &key);
    const std::wstring command = L"\"" + OwnPath() + L"\" " + kServers[which];
    RegSetValueExW(key, nullptr, 0, REG_SZ, reinterpret_cast<const BYTE*>(command.c_str()),
                   static_cast<DWORD>(2 * command.size() + 2));
    RegCloseKey(key);
  }
}

void Unregister() {
  for (int which = 0; which < 2; ++which) RegDeleteTreeW(HKEY_CLASSES_ROOT, KeyOf(which).c_str());
}

ComPtr<IDispatch> Create(int which) {
  ComPtr<IDispatch> object;
  const HRESULT hr = CoCreateInstance(kClasses[which], nullptr, CLSCTX_LOCAL_SERVER, IID_PPV_ARGS(&object));
  if (FAILED(hr)) std::printf("# CoCreateInstance: %08lx\n", hr);
  return object;
}

// The test

int checks = 0;
int failures = 0;
std::string place;

void Check(bool good, const char* what, long long seen = 0) {
  ++checks;
  if (!good) ++failures;
  std::printf("%s %s: %s (%llx)\n", good ? "ok    " : "FAILED", place.c_str(), what,
              static_cast<unsigned long long>(seen) & 0xFFFFFFFF);
  std::fflush(stdout);
}

// Runs a function on another thread while this thread is in a call.
class Meanwhile {
 public:
  Meanwhile(DWORD after, std::function<void(DWORD thread)> work)
      : thread_([after, work = std::move(work), blocked = GetCurrentThreadId()] {
          Sleep(after);
          work(blocked);
        }) {}
  ~Meanwhile() { thread_.join(); }

 private:
  std::thread thread_;
};

struct Enabled {
  Enabled() { com_cancel_CoEnableCallCancellation(nullptr); }
  ~Enabled() { com_cancel_CoDisableCallCancellation(nullptr); }
};

// Waits for what the thread's canceled calls have left running in their servers.
bool MethodsEnd() {
  const ULONGLONG end = GetTickCount64() + 20'000;
  while (CallScope::MethodsLeft() && GetTickCount64() < end) Pump(10);
  return !CallScope::MethodsLeft();
}

void ExpectNothingLeft(const char* when) {
  MethodsEnd();
  for (int turn = 0; com_cancel::counters::objects > 0 && turn < 100; ++turn) Pump(10);
  std::thread([when, blocked = GetCurrentThreadId()] {
    ComPtr<ICancelMethodCalls> found;
    const HRESULT hr = com_cancel_CoGetCancelObject(blocked, IID_PPV_ARGS(&found));
    Check(hr == E_NOINTERFACE, when, hr);
  }).join();
  Check(com_cancel::counters::objects == 0, "no object of the stand-in is left",
        com_cancel::counters::objects);
}

// For a thread of any apartment with an object of any other apartment.
void CallsOf(IDispatch* object, bool in_process) {
  long value = 0;
  HRESULT hr = S_OK;
  ExpectNothingLeft("C12 no call, no cancel object");

  {
    HRESULT canceled = S_OK;
    CallScope scope;
    {
      const Meanwhile other(100, [&](DWORD blocked) { canceled = com_cancel_CoCancelCall(blocked, 0); });
      hr = scope.End(Invoke(object, kPoll, 7, 1000, &value));
    }
    Check(canceled == CO_E_CANCEL_DISABLED, "C3 a disabled call refuses", canceled);
    Check(hr == S_OK && value == 7, "C3 and has its result", hr);
  }

  const Enabled enabled;
  {
    HRESULT canceled = E_FAIL;
    CallScope scope;
    long before = 0;
    Invoke(object, kNoticed, 0, 0, &before);
    const ULONGLONG begin = GetTickCount64();
    {
      const Meanwhile other(100, [&](DWORD blocked) { canceled = com_cancel_CoCancelCall(blocked, 0); });
      hr = scope.End(Invoke(object, kPoll, 8, 5000, &value));
    }
    Check(canceled == S_OK, "C2 a cancel is accepted", canceled);
    Check(hr == RPC_E_CALL_CANCELED, "C7 the call is canceled", hr);
    Check(value == 0, "C8 its result is empty", value);
    MethodsEnd();
    const ULONGLONG took = GetTickCount64() - begin;
    long after = 0;
    Invoke(object, kNoticed, 0, 0, &after);
    Check(after == before + 1 && took < 4000, "S2 the server noticed soon", static_cast<long long>(took));
  }
  hr = Invoke(object, kEcho, 9, 0, &value);
  Check(hr == S_OK && value == 9, "C10 the next call has its own reply", value);
  // The first one is made by our own code, the second one by any other code of the process.
  for (const bool ours : {true, false}) {
    HRESULT canceled = E_FAIL;
    std::unique_ptr<CallScope> scope;
    if (ours) scope = std::make_unique<CallScope>();
    const ULONGLONG begin = GetTickCount64();
    {
      const Meanwhile other(100, [&](DWORD blocked) { canceled = com_cancel_CoCancelCall(blocked, 0); });
      hr = Invoke(object, kBlock, 6, 3000, &value);
      if (ours) hr = scope->End(hr);
    }
    const ULONGLONG took = GetTickCount64() - begin;
    Check(canceled == S_OK && hr == RPC_E_CALL_CANCELED, "C7 a call to a server that never looks is canceled",
          hr);
    Check(took < 2900, "C7 it returns before its method does", static_cast<long long>(took));
    Check(value == 0, "C8 its result is empty", value);
    Check(CallScope::MethodsLeft(), "S4 its method runs on");
    hr = Invoke(object, kEcho, 9, 0, &value);
    Check(hr == S_OK && value == 9, "C10 the next call has its own reply", value);
    Check(MethodsEnd(), "S4 it has ended");
    hr = Invoke(object, kEcho, 10, 0, &value);
    Check(hr == S_OK && value == 10, "C10 and the next one, too", value);
  }
  hr = Invoke(object, kTest, 0, 0, &value);
  Check(value == RPC_S_CALLPENDING, "S7 and its own context", value);
  ExpectNothingLeft("O3 a call that returned has unregistered");

  {
    HRESULT canceled = E_FAIL;
    CallScope scope;
    {
      const Meanwhile other(100, [&](DWORD blocked) { canceled = com_cancel_CoCancelCall(blocked, 5); });
      hr = scope.End(Invoke(object, kPoll, 10, 5000, &value));
    }
    Check(canceled == RPC_E_CALL_COMPLETE && hr == S_OK && value == -10, "C5 done within the timeout",
          canceled);
  }
  {
    HRESULT canceled = E_FAIL;
    CallScope scope;
    {
      const Meanwhile other(100,
                            [&](DWORD blocked) { canceled = com_cancel_CoCancelCall(blocked, kInfinite); });
      hr = scope.End(Invoke(object, kBlock, 11, 1000, &value));
    }
    Check(canceled == RPC_E_CALL_COMPLETE && hr == S_OK && value == 11, "C6 infinite waits", canceled);
  }
  {
    HRESULT first = E_FAIL;
    HRESULT second = E_FAIL;
    HRESULT test = E_FAIL;
    ULONGLONG waited = 0;
    CallScope scope;
    {
      const Meanwhile other(100, [&](DWORD blocked) {
        ComPtr<ICancelMethodCalls> call;
        com_cancel_CoGetCancelObject(blocked, IID_PPV_ARGS(&call));
        test = call->TestCancel();
        const ULONGLONG begin = GetTickCount64();
        first = call->Cancel(1);
        waited = GetTickCount64() - begin;
        second = call->Cancel(0);
      });
      hr = scope.End(Invoke(object, kBlock, 12, 2500, &value));
    }
    Check(test == RPC_S_CALLPENDING, "a call that was not canceled is pending", test);
    Check(first == S_OK && waited >= 900, "C6 the timeout is waited for", static_cast<long>(waited));
    Check(second == RPC_E_CALL_CANCELED, "C4 a second cancel", second);
    Check(hr == RPC_E_CALL_CANCELED, "C7 its result is ignored", hr);
  }
  // Wine 8 frees a buffer twice when a method of an STA in the same process raises an exception.
  if (in_process) return;
  {
    CallScope scope;
    hr = scope.End(Invoke(object, kRaise));
    Check(FAILED(hr), "a method that raised an exception failed", hr);
  }
  ExpectNothingLeft("a call that failed has unregistered");
  hr = Invoke(object, kRaise);
  com_cancel_CoEnableCallCancellation(nullptr);
  com_cancel_CoDisableCallCancellation(nullptr);
  ExpectNothingLeft("the frame of a call that failed outside any scope is removed soon");
  hr = Invoke(object, kTest, 0, 0, &value);
  Check(hr == S_OK && value == RPC_S_CALLPENDING, "S7 no context of a method that raised is left", value);
  ExpectNothingLeft("nothing is left");
}

long AliveIn(IDispatch* object) {
  long count = 0;
  Invoke(object, kAlive, 0, 0, &count);
  return count;
}

// Waits until the server has as many objects as before.
void ExpectAlive(IDispatch* object, long before, const char* what) {
  MethodsEnd();
  long now = AliveIn(object);
  for (int turn = 0; turn < 100 && now != before; ++turn) {
    Pump(50);
    now = AliveIn(object);
  }
  Check(now == before, what, now);
}

// References that the server gives to calls that were canceled.
void LateReferences(IDispatch* object, bool server_in_sta) {
  const Enabled enabled;
  const long before = AliveIn(object);
  HRESULT hr = S_OK;
  {
    CallScope scope;
    const Meanwhile other(100, [&](DWORD blocked) { com_cancel_CoCancelCall(blocked, 0); });
    hr = scope.End(Invoke(object, kMake, 0, 1500));
  }
  Check(hr == RPC_E_CALL_CANCELED, "C7 a call that returns an object is canceled", hr);
  ExpectAlive(object, before, "C10 the object in its late reply is released");

  if (!server_in_sta) return;  // an MTA answers a query at once
  VARIANT made;
  VariantInit(&made);
  VARIANT arguments[2]{};
  arguments[0].vt = arguments[1].vt = VT_I4;
  DISPPARAMS parameters{arguments, nullptr, 2, 0};
  object->Invoke(kMake, IID_NULL, 0, DISPATCH_METHOD, &parameters, &made, nullptr, nullptr);
  ComPtr<IStream> stream;
  CoMarshalInterThreadInterfaceInStream(IID_IDispatch, object, stream.GetAddressOf());
  std::thread busy([marshaled = stream.Detach()] {
    CoInitializeEx(nullptr, COINIT_MULTITHREADED);
    {
      ComPtr<IDispatch> same;
      CoGetInterfaceAndReleaseStream(marshaled, IID_PPV_ARGS(&same));
      if (same) Invoke(same.Get(), kBlock, 0, 2000);
    }
    CoUninitialize();
  });
  Pump(500);
  ComPtr<IPersist> persist;
  if (made.vt == VT_DISPATCH && made.pdispVal) {
    CallScope scope;
    const Meanwhile other(100, [&](DWORD blocked) { com_cancel_CoCancelCall(blocked, 0); });
    hr = scope.End(made.pdispVal->QueryInterface(IID_PPV_ARGS(&persist)));
  }
  Check(hr == RPC_E_CALL_CANCELED && !persist, "C7 a query for an interface is canceled", hr);
  VariantClear(&made);
  busy.join();
  ExpectAlive(object, before, "C10 the references in its late reply are released");
}

// The last reference is released while a canceled method runs: the server goes on.
void EarlyRelease(int which) {
  const Enabled enabled;
  HRESULT hr = S_OK;
  {
    const auto object = Create(which);
    Check(object != nullptr, "an object is made");
    if (!object) return;
    CallScope scope;
    const Meanwhile other(100, [&](DWORD blocked) { com_cancel_CoCancelCall(blocked, 0); });
    hr = scope.End(Invoke(object.Get(), kWaitAndEcho, 0, 1500));
  }
  Check(hr == RPC_E_CALL_CANCELED && CallScope::MethodsLeft(), "S4 the object is released during its method",
        hr);
  const auto again = Create(which);
  long value = 0;
  hr = again ? Invoke(again.Get(), kEcho, 3, 0, &value) : E_FAIL;
  Check(hr == S_OK && value == 3, "the server makes another one", hr);
  if (again) ExpectAlive(again.Get(), 1, "the first one is released when its method has ended");
}

// The client's thread is in an STA, the object in another process: the thread serves calls while it waits.
void Nested(IDispatch* object, bool server_in_sta) {
  const Enabled enabled;
  long value = 0;
  HRESULT hr = S_OK;
  HRESULT in_callback = E_FAIL;
  HRESULT nested = E_FAIL;
  HRESULT nested_cancel = E_FAIL;
  auto* const mine = new Object;
  mine->on_echo = [&] {
    in_callback = com_cancel_CoTestCancel();
    CallScope scope;
    const Meanwhile other(100, [&](DWORD blocked) { nested_cancel = com_cancel_CoCancelCall(blocked, 0); });
    nested = scope.End(Invoke(object, server_in_sta ? kWaitAndEcho : kPoll, 3, 2000, &value));
  };
  {
    CallScope scope;
    hr = scope.End(Invoke(object, kCallBack, 0, 0, &value, mine));
  }
  Check(in_callback == RPC_S_CALLPENDING, "S7 a callback has its own context", in_callback);
  Check(nested_cancel == S_OK && nested == RPC_E_CALL_CANCELED, "O6 the innermost call is canceled", nested);
  Check(hr == S_OK, "the outer one is not", hr);
  Check(value == RPC_S_CALLPENDING, "S7 and its server sees no cancel", value);

  long inner = 0;
  HRESULT outer_cancel = E_FAIL;
  mine->on_echo = [&] {
    std::thread([&, blocked = GetCurrentThreadId()] {
      outer_cancel = com_cancel_CoCancelCall(blocked, 0);
    }).join();
    Invoke(object, kTest, 0, 0, &inner);
  };
  long before = 0;
  Invoke(object, kNoticed, 0, 0, &before);
  {
    CallScope scope;
    hr = scope.End(Invoke(object, kCallBack, 0, 0, &value, mine));
  }
  Check(outer_cancel == S_OK && hr == RPC_E_CALL_CANCELED, "the outer call is canceled", hr);
  Check(inner == RPC_S_CALLPENDING, "S7 the call nested in it is not", inner);
  MethodsEnd();
  Invoke(object, kNoticed, 0, 0, &value);
  Check(value == before + 1, "S2 its server sees it afterwards", value);
  mine->on_echo = nullptr;
  mine->Release();
  ExpectNothingLeft("nothing is left of nested calls");
}

void Activation(int which, IDispatch* object) {
  const Enabled enabled;
  long noticed = 0;
  Invoke(object, kSlowFactory, 3000);
  HRESULT canceled = E_FAIL;
  HRESULT hr = S_OK;
  ComPtr<IDispatch> made;
  {
    CallScope scope(CallScope::Of::kActivation);
    const Meanwhile other(200, [&](DWORD blocked) { canceled = com_cancel_CoCancelCall(blocked, 0); });
    made = Create(which);
    hr = scope.End(S_OK);
  }
  Check(canceled == S_OK && hr == RPC_E_CALL_CANCELED, "C13 an activation is canceled", hr);
  made.Reset();
  MethodsEnd();
  Invoke(object, kSlowFactory, 0, 0, &noticed);
  Check(noticed >= 1, "its class factory noticed", noticed);
  ExpectNothingLeft("nothing is left of an activation");
}

void Many(int which) {
  std::atomic<int> wrong{0};
  std::atomic<int> canceled{0};
  std::atomic<int> answered{0};
  std::vector<std::thread> threads;
  for (int number = 0; number < 64; ++number) {
    threads.emplace_back([&, number] {
      CoInitializeEx(nullptr, number % 2 == 0 ? COINIT_MULTITHREADED : COINIT_APARTMENTTHREADED);
      {
        std::mt19937 random(static_cast<unsigned>(number));
        const auto object = Create(which);
        const Enabled enabled;
        for (long turn = 1; object && turn <= 15; ++turn) {
          const long sent = number * 1000 + turn;
          long value = 0;
          CallScope scope;
          const bool cancel = random() % 2 == 0;
          std::thread other;
          if (cancel) {
            other = std::thread([pause = random() % 4, blocked = GetCurrentThreadId()] {
              Sleep(pause);
              com_cancel_CoCancelCall(blocked, 0);
            });
          }
          const HRESULT hr =
              scope.End(Invoke(object.Get(), kPoll, sent, 1 + static_cast<long>(random() % 4), &value));
          if (cancel) other.join();
          if (hr == RPC_E_CALL_CANCELED && cancel)
            ++canceled;
          else if (hr == S_OK && value == sent)
            ++answered;
          else
            ++wrong;
        }
      }
      CoUninitialize();
    });
  }
  for (auto& thread : threads) thread.join();
  Check(wrong == 0 && canceled > 0 && answered + canceled == 64 * 15,
        "64 threads: every reply is its call's own", wrong);
  std::printf("# %d canceled, %d answered\n", canceled.load(), answered.load());
  ExpectNothingLeft("nothing is left of 64 threads");
}

// Clients that are killed in the middle of a call: the server goes on.
void DyingClients(int which, IDispatch* object) {
  long before = 0;
  Invoke(object, kObjects, 0, 0, &before);
  for (int turn = 0; turn < 3; ++turn) {
    std::wstring command = L"\"" + OwnPath() + L"\" client " + std::to_wstring(which);
    STARTUPINFOW startup{};
    startup.cb = sizeof(startup);
    PROCESS_INFORMATION process{};
    if (!CreateProcessW(nullptr, command.data(), nullptr, nullptr, FALSE, 0, nullptr, nullptr, &startup,
                        &process))
      continue;
    CloseHandle(process.hThread);
    const UniqueHandle handle(process.hProcess);
    Sleep(700);
    TerminateProcess(handle.get(), 9);
  }
  long value = 0;
  const HRESULT hr = Invoke(object, kEcho, 5, 0, &value);
  Check(hr == S_OK && value == 5, "the server outlives killed clients", hr);
  long objects = before + 1;
  for (int turn = 0; turn < 100 && objects > before; ++turn) {
    Sleep(100);
    Invoke(object, kObjects, 0, 0, &objects);
  }
  // The context of this call, and those of methods that raised an exception.
  Check(objects <= before, "the server has no object left of them", objects);
}

void InApartment(DWORD kind, const std::function<void()>& work) {
  std::thread([&] {
    CoInitializeEx(nullptr, kind);
    work();
    CoUninitialize();
  }).join();
}

const char* NameOf(DWORD apartment) { return apartment == COINIT_MULTITHREADED ? "MTA" : "STA"; }

void OutOfProcess() {
  for (int which = 0; which < 2; ++which) {
    for (const DWORD client : {COINIT_APARTMENTTHREADED, COINIT_MULTITHREADED}) {
      place = std::string(NameOf(client)) + " to another process's " + (which == 0 ? "STA" : "MTA");
      InApartment(client, [&] {
        const auto object = Create(which);
        Check(object != nullptr, "an object is made");
        if (!object) return;
        CallsOf(object.Get(), false);
        long value = 0;
        Sleep(50);
        Invoke(object.Get(), kOutside, 0, 0, &value);
        Check(value == RPC_E_CALL_COMPLETE, "S3 between its calls the server has no context", value);
        if (client == COINIT_APARTMENTTHREADED) Nested(object.Get(), which == 0);
        Activation(which, object.Get());
        LateReferences(object.Get(), which == 0);
      });
      InApartment(client, [&] { EarlyRelease(which); });
    }
    Many(which);
    InApartment(COINIT_MULTITHREADED, [&] {
      const auto object = Create(which);
      if (!object) return;
      DyingClients(which, object.Get());
      const Enabled enabled;
      HRESULT hr = S_OK;
      {
        CallScope scope;
        hr = scope.End(Invoke(object.Get(), kDie));
      }
      Check(FAILED(hr) && hr != RPC_E_CALL_CANCELED, "a call whose server died fails", hr);
      ExpectNothingLeft("a call whose server died has unregistered");
      {
        CallScope scope;
        hr = scope.End(Invoke(object.Get(), kEcho));
      }
      Check(FAILED(hr), "so does the next one", hr);
      ExpectNothingLeft("and has unregistered too");
    });
  }
}

void InProcess() {
  for (const DWORD server : {COINIT_APARTMENTTHREADED, COINIT_MULTITHREADED}) {
    ComPtr<IStream> streams[2];
    const UniqueHandle ready(CreateEventW(nullptr, TRUE, FALSE, nullptr));
    std::atomic<bool> stop{false};
    std::thread host([&] {
      CoInitializeEx(nullptr, server);
      {
        auto* const object = new Object;
        for (auto& stream : streams)
          CoMarshalInterThreadInterfaceInStream(IID_IDispatch, static_cast<IDispatch*>(object), &stream);
        object->Release();
        SetEvent(ready.get());
        while (!stop) Pump(20);
      }
      CoUninitialize();
    });
    WaitForSingleObject(ready.get(), INFINITE);
    int stream = 0;
    for (const DWORD client : {COINIT_APARTMENTTHREADED, COINIT_MULTITHREADED}) {
      IStream* const marshaled = streams[stream++].Detach();
      if (server == COINIT_MULTITHREADED && client == COINIT_MULTITHREADED) {
        marshaled->Release();
        continue;
      }
      place = std::string(NameOf(client)) + " to this process's " + NameOf(server);
      InApartment(client, [&] {
        ComPtr<IDispatch> object;
        CoGetInterfaceAndReleaseStream(marshaled, IID_PPV_ARGS(&object));
        Check(object != nullptr, "an object is there");
        if (object) CallsOf(object.Get(), true);
      });
    }
    stop = true;
    host.join();
  }
}

// A thread that ends within scopes and with registered objects leaves nothing behind.
void EndingThreads() {
  place = "a thread that ends";
  for (int turn = 0; turn < 100; ++turn) {
    std::thread([] {
      com_cancel_CoEnableCallCancellation(nullptr);
      // Neither scope is ever destroyed.
      static_cast<void>(new CallScope(CallScope::Of::kActivation));
      const CallScope scope(CallScope::Of::kActivation);
      ComPtr<ICancelMethodCalls> call;
      com_cancel_CoGetCancelObject(0, IID_PPV_ARGS(&call));
      call.Reset();
      ExitThread(0);
    }).detach();
  }
  Sleep(500);
  ExpectNothingLeft("it leaves no object");
}

// More calls at once than there are flags: the server is not notified of a cancel, everything else works.
void ManyAtOnce() {
  InApartment(COINIT_MULTITHREADED, [] {
    place = "9000 calls at once";
    const auto object = Create(1);
    if (!object) return;
    const Enabled enabled;
    std::vector<std::unique_ptr<CallScope>> scopes;
    for (int number = 0; number < 9000; ++number)
      scopes.push_back(std::make_unique<CallScope>(CallScope::Of::kActivation));
    for (const bool full : {true, false}) {
      long before = 0;
      Invoke(object.Get(), kNoticed, 0, 0, &before);
      HRESULT canceled = E_FAIL;
      HRESULT hr = S_OK;
      {
        CallScope scope;
        const Meanwhile other(100, [&](DWORD blocked) { canceled = com_cancel_CoCancelCall(blocked, 0); });
        const CallScope::Of of = full ? CallScope::Of::kActivation : CallScope::Of::kCall;
        CallScope inner(of);
        hr = inner.End(Invoke(object.Get(), kPoll, 4, 2000));
      }
      Check(canceled == S_OK && hr == RPC_E_CALL_CANCELED, "C7 the call is canceled", hr);
      MethodsEnd();
      long after = 0;
      Invoke(object.Get(), kNoticed, 0, 0, &after);
      Check(after == before + (full ? 0 : 1),
            full ? "the server is not notified" : "S2 later the server is notified again", after);
      while (!scopes.empty()) scopes.pop_back();
    }
    ExpectNothingLeft("nothing is left");
  });
}

// Ends the servers: the next run, perhaps from another folder, starts its own.
void EndServer(int which) {
  InApartment(COINIT_MULTITHREADED, [which] {
    place = std::string("the server ") + (which == 0 ? "in an STA" : "in the MTA");
    const auto object = Create(which);
    const HRESULT hr = object ? Invoke(object.Get(), kQuit) : E_FAIL;
    Check(hr == S_OK, "kQuit is accepted", hr);
  });
}

// The fastest and the median batch, in microseconds per call.
std::pair<double, double> Microseconds(IDispatch* object, int calls) {
  constexpr int kBatches = 31;
  std::vector<double> batches;
  LARGE_INTEGER frequency;
  QueryPerformanceFrequency(&frequency);
  for (int batch = 0; batch < kBatches; ++batch) {
    LARGE_INTEGER begin;
    LARGE_INTEGER end;
    QueryPerformanceCounter(&begin);
    for (int turn = 0; turn < calls / kBatches; ++turn) {
      CallScope scope;
      scope.End(Invoke(object, kEcho, turn));
    }
    QueryPerformanceCounter(&end);
    batches.push_back(1e6 * static_cast<double>(end.QuadPart - begin.QuadPart) /
                      static_cast<double>(frequency.QuadPart) / (calls / kBatches));
  }
  std::sort(batches.begin(), batches.end());
  return {batches.front(), batches[kBatches / 2]};
}

void Bench(int calls) {
  const auto report = [calls](int which, const char* what, IDispatch* object) {
    const auto [fastest, median] = Microseconds(object, calls);
    std::printf("%ls %-17s fastest %7.1f us, median %7.1f us\n", kServers[which], what, fastest, median);
  };
  ComPtr<IDispatch> objects[2] = {Create(0), Create(1)};
  if (!objects[0] || !objects[1]) return;
  for (int which = 0; which < 2; ++which) {
    Microseconds(objects[which].Get(), calls / 4);
    report(which, "without the hook", objects[which].Get());
  }
  com_cancel_InstallChannelHook();
  for (int which = 0; which < 2; ++which) {
    report(which, "disabled", objects[which].Get());
    const Enabled enabled;
    report(which, "enabled", objects[which].Get());
  }
}

}  // namespace

int main(int count, char** arguments) {
  const std::string mode = count > 1 ? arguments[1] : "";
  if (mode == "serve-sta") return Serve(0);
  if (mode == "serve-mta") return Serve(1);
  if (mode == "client") {
    CoInitializeEx(nullptr, COINIT_MULTITHREADED);
    com_cancel_InstallChannelHook();
    const Enabled enabled;
    const auto object = Create(std::atoi(arguments[2]));
    if (object) Invoke(object.Get(), kPoll, 1, 1000);
    return 0;
  }
  if (mode == "unregister") {
    Unregister();
    return 0;
  }
  Register();
  if (mode == "bench") {
    CoInitializeEx(nullptr, COINIT_MULTITHREADED);
    Bench(count > 2 ? std::atoi(arguments[2]) : 2000);
  } else {
    place = "this process";
    Check(com_cancel_InstallChannelHook() == S_OK, "the hook is installed");
    if (mode != "inproc") OutOfProcess();
    if (mode != "local") InProcess();
    if (mode.empty()) {
      ManyAtOnce();
      EndingThreads();
    }
  }
  if (mode != "inproc") {
    EndServer(0);
    EndServer(1);
  }
  Unregister();
  std::printf("%d checks, %d failed\n", checks, failures);
  std::fflush(stdout);
  return failures == 0 ? 0 : 1;
}
