// The scenario smoke: a call of each member.
#include <cstdio>

#include "classes.h"
#include "client_object.h"
#include "host/counted_object.h"
#include "scenarios.h"
// After win.h, which it needs.
#include <ocidl.h>

using Microsoft::WRL::ComPtr;

namespace prime {
namespace {

// A sink and callback: counts its calls, returns its argument doubled, and changes by-reference arguments.
class Listener final : public com_cancel::CountedObject<IDispatch> {
 public:
  std::atomic<long> received{0};

  HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override {
    const bool events = iid == kEvents;
    if (events) by_event_interface = true;
    return CountedObject::QueryInterface(events ? __uuidof(IDispatch) : iid, object);
  }
  HRESULT STDMETHODCALLTYPE GetTypeInfoCount(UINT* count) override {
    *count = 0;
    return S_OK;
  }
  HRESULT STDMETHODCALLTYPE GetTypeInfo(UINT, LCID, ITypeInfo**) override { return E_NOTIMPL; }
  HRESULT STDMETHODCALLTYPE GetIDsOfNames(REFIID, LPOLESTR*, UINT, LCID, DISPID* ids) override {
    ids[0] = DISPID_VALUE;
    return S_OK;
  }
  HRESULT STDMETHODCALLTYPE Invoke(DISPID, REFIID, LCID, WORD, DISPPARAMS* passed, VARIANT* result,
                                   EXCEPINFO*, UINT*) override {
    ++received;
    if (passed->cArgs != 1) return DISP_E_BADPARAMCOUNT;
    VARIANT& argument = passed->rgvarg[0];
    try {
      Variant twice = Variant::Long(2 * Variant::Converted(argument, VT_I4)->lVal);
      if (argument.vt == (VT_BYREF | VT_VARIANT)) *argument.pvarVal = *twice;
      if (result) *result = twice.Detach();
      return S_OK;
    } catch (const Failure& failure) {
      return failure.hresult;
    }
  }

  std::atomic<bool> by_event_interface{false};
};

void Pump(DWORD milliseconds) {
  const auto until = com_cancel::Clock::now() + std::chrono::milliseconds(milliseconds);
  while (com_cancel::Clock::now() < until) {
    MSG message;
    while (PeekMessageW(&message, nullptr, 0, 0, PM_REMOVE)) DispatchMessageW(&message);
    Sleep(5);
  }
}

void Events(const Object& calculator, Listener& listener) {
  ComPtr<IConnectionPointContainer> container;
  ComPtr<IConnectionPoint> point;
  ComPtr<IProvideClassInfo2> class_info;
  ComPtr<ITypeInfo> coclass;
  GUID source = {};
  DWORD cookie = 0;
  Check(calculator.get()->QueryInterface(IID_PPV_ARGS(&class_info)));
  Check(class_info->GetGUID(GUIDKIND_DEFAULT_SOURCE_DISP_IID, &source));
  std::printf("%-34s %s\n", "default source interface", source == kEvents ? "the events" : "something else");
  Check(class_info->GetClassInfo(&coclass));
  HREFTYPE reference = 0;
  ComPtr<ITypeInfo> events;
  Check(coclass->GetRefTypeOfImplType(1, &reference));
  Check(coclass->GetRefTypeInfo(reference, &events));
  BSTR names[2] = {};
  UINT count = 0;
  Check(events->GetNames(kFound, names, 2, &count));
  std::printf("%-34s %ls(%ls)\n", "the event's name", names[0], count > 1 ? names[1] : L"");
  for (const BSTR name : names) SysFreeString(name);

  Check(calculator.get()->QueryInterface(IID_PPV_ARGS(&container)));
  ComPtr<IEnumConnectionPoints> points;
  Check(container->EnumConnectionPoints(&points));
  ULONG fetched = 0;
  Check(points->Next(1, &point, &fetched));
  point.Reset();
  Check(container->FindConnectionPoint(source, &point));
  Check(point->Advise(&listener, &cookie));
  Print("Sinks", calculator.Call(L"Sinks"));
  Print("Fire(7, 3)", calculator.Call(L"Fire", 7, 3));
  std::printf("%-34s %ld%s\n", "events received", listener.received.load(),
              listener.by_event_interface ? ", by the event interface" : "");
  Print("FireLater(7, 20)", calculator.Call(L"FireLater", 7, 20));
  Pump(300);
  std::printf("%-34s %ld\n", "events received", listener.received.load());
  Check(point->Unadvise(cookie));
  Print("Fire(7) without a sink", calculator.Call(L"Fire", 7));
}

void Values(const Object& calculator) {
  const Outcome names = calculator.Call(L"TypeNames");
  Print("TypeNames", names);
  Check(names.hresult);
  LONG upper = -1;
  Check(SafeArrayGetUBound(names.value->parray, 1, &upper));
  for (LONG index = 0; index <= upper; ++index) {
    Variant name;
    name->vt = VT_BSTR;
    Check(SafeArrayGetElement(names.value->parray, &index, &name->bstrVal));
    const std::wstring text(ViewOf(name->bstrVal));
    const Outcome returned = calculator.Call(L"Return", std::move(name));
    std::printf("  Return %-25ls %s\n", text.c_str(), returned.Text().c_str());
    if (FAILED(returned.hresult)) continue;
    const Outcome echoed = calculator.Call(L"Echo", Variant::CopyOf(*returned.value));
    if (echoed.Text() != returned.Text())
      std::printf("  Echo   %-25ls %s\n", text.c_str(), echoed.Text().c_str());
  }

  Variant a = Variant::Long(1);
  Variant b = Variant::Text(L"two");
  DispatchCall swap(calculator.get(), calculator.Find(L"Swap"), DISPATCH_METHOD);
  swap.AddReference(a.get());
  swap.AddReference(b.get());
  const HRESULT swapped = swap.Invoke(nullptr);
  std::printf("%-34s %08lX, now of types %u and %u\n", "Swap(1, \"two\")",
              static_cast<unsigned long>(swapped), a->vt, b->vt);
}

void Properties(const Object& calculator) {
  Print("Value", calculator.Call(L"Value"));
  Print("Value = 5", calculator.Set(L"Value", 5));
  Print("Value", calculator.Call(L"value"));
  Print("Set Value = itself",
        calculator.Invoke(DISPATCH_PROPERTYPUTREF, calculator.Find(L"Value"), calculator.get()));
  Print("ValueSetBy", calculator.Call(L"ValueSetBy"));
  Print("RefCount", calculator.Call(L"RefCount"));
  Print("Value = nothing", calculator.Set(L"Value", Variant()));
  Print("Item(\"a\") = 1", calculator.Set(L"Item", L"a", 1));
  Print("default(\"b\") = \"two\"", calculator.Invoke(DISPATCH_PROPERTYPUT, DISPID_VALUE, L"b", L"two"));
  Print("Item(\"b\")", calculator.Call(L"Item", L"b"));
  Print("default(\"a\")", calculator.Invoke(DISPATCH_PROPERTYGET, DISPID_VALUE, L"a"));
  Print("Item(\"c\")", calculator.Call(L"Item", L"c"));
  Print("Count", calculator.Call(L"Count"));
  const Outcome enumerator = calculator.Invoke(DISPATCH_PROPERTYGET | DISPATCH_METHOD, DISPID_NEWENUM);
  Print("_NewEnum", enumerator);
  Check(enumerator.hresult);
  ComPtr<IEnumVARIANT> items;
  Check(enumerator.value->punkVal->QueryInterface(IID_PPV_ARGS(&items)));
  VARIANT found[3] = {};
  ULONG fetched = 0;
  const HRESULT hr = items->Next(3, found, &fetched);
  std::printf("%-34s %08lX %lu items\n", "Next(3)", static_cast<unsigned long>(hr), fetched);
  for (VARIANT& item : found) VariantClear(&item);
}

void Errors(const Object& calculator) {
  Print("Fail", calculator.Call(L"Fail", static_cast<int>(E_ACCESSDENIED), L"no", L"Prime", L"prime.chm", 7));
  Print("Fail(1004)", calculator.Call(L"Fail", 1004, L"old style"));
  Print("FailDeferred", calculator.Call(L"FailDeferred", static_cast<int>(E_FAIL), L"later", L"Prime"));
  Print("FailErrorInfo",
        calculator.Call(L"FailErrorInfo", static_cast<int>(E_ACCESSDENIED), L"no", L"Prime"));
  Print("IsPrime()", calculator.Call(L"IsPrime"));
  Print("IsPrime(\"x\")", calculator.Call(L"IsPrime", L"x"));
  Print("IsPrime(1, 2)", calculator.Call(L"IsPrime", 1, 2));
  Print("Number(1, \"x\")", calculator.Call(L"Number", 1, L"x"));
  Print("Swap(1, 2)", calculator.Call(L"Swap", 1, 2));
  Print("DISPID 999", calculator.Invoke(DISPATCH_METHOD, 999));
  Print("Count = 1", calculator.Set(L"Count", 1));
  Print("Return(\"nonsense\")", calculator.Call(L"Return", L"nonsense"));
  try {
    calculator.Find(L"Nonsense");
  } catch (const Failure& failure) {
    std::printf("%-34s %08lX\n", "GetIDsOfNames(\"Nonsense\")", static_cast<unsigned long>(failure.hresult));
  }

  // Number(ms: 1, i: 42)
  std::wstring texts[] = {L"number", L"MS", L"i"};
  LPOLESTR names[] = {texts[0].data(), texts[1].data(), texts[2].data()};
  DISPID ids[3] = {};
  Check(calculator.get()->GetIDsOfNames(IID_NULL, names, 3, LOCALE_USER_DEFAULT, ids));
  Variant ms = Variant::Long(1);
  Variant i = Variant::Long(42);
  VARIANT values[] = {*ms, *i};
  DISPPARAMS parameters = {values, &ids[1], 2, 2};
  Variant result;
  Check(calculator.get()->Invoke(ids[0], IID_NULL, LOCALE_USER_DEFAULT, DISPATCH_METHOD, &parameters,
                                 result.get(), nullptr, nullptr));
  std::printf("%-34s %ld\n", "Number(ms: 1, i: 42)", result->lVal);
}

}  // namespace

void Smoke(const wchar_t* progid) {
  const Object calculator(progid);
  for (const wchar_t* name : {L"Apartment", L"ProcessId", L"ThreadId", L"RefCount", L"Objects"})
    std::printf("%-34ls %s\n", name, calculator.Call(name).Text().c_str());
  Print("IsPrime(97)", calculator.Call(L"IsPrime", 97));
  Print("isprime(\"1000003\")", calculator.Call(L"isprime", L"1000003"));
  Print("IsPrime(91)", calculator.Call(L"IsPrime", 91));
  Print("Block(20)", calculator.Call(L"Block", 20));
  Print("BlockPolling(20)", calculator.Call(L"BlockPolling", 20));
  Print("Number(3, 5)", calculator.Call(L"Number", 3, 5));
  Print("TypeOf(3)", calculator.Call(L"TypeOf", 3));
  Properties(calculator);
  Values(calculator);
  Errors(calculator);

  const auto listener = com_cancel::TakeOver(new Listener);
  IDispatch* callback = listener.Get();
  Print("CallBack(listener, 5, 21)", calculator.Call(L"CallBack", callback, 5, 21));
  std::printf("%-34s %ld\n", "events received", listener->received.load());
  Print("Relay(listener, \"x\", \"call\", 4)", calculator.Call(L"Relay", callback, L"x", L"call", 4));
  Print("Relay(..., byRef)", calculator.Call(L"Relay", callback, L"x", L"call", 4, 1));
  Print("Relay(..., \"set\")", calculator.Call(L"Relay", callback, L"x", L"set", 4));
  Events(calculator, *listener.Get());
  for (const wchar_t* name :
       {L"Started", L"Finished", L"Canceled", L"Reset", L"Started", L"Objects", L"RefCount"})
    std::printf("%-34ls %s\n", name, calculator.Call(name).Text().c_str());
}

}  // namespace prime
