// What ICaller does: calls of interfaces that others implement, by the compiler's vtables.
#include "caller.h"

#include <wrl/client.h>

#include <array>
#include <functional>
#include <sstream>

#include "variant.h"

using Microsoft::WRL::ComPtr;

namespace prime {
namespace {

constexpr ULONG kTooMany = 0xFFFF;  // what is in a result before the call

// One line for each call.
class Report {
 public:
  std::wostringstream& Line(const wchar_t* name, HRESULT hr) {
    if (!first_) out_ << L"\n";
    first_ = false;
    out_ << name << L' ' << std::hex << static_cast<ULONG>(hr) << std::dec;
    return out_;
  }
  std::wstring text() const { return out_.str(); }

 private:
  bool first_ = true;
  std::wostringstream out_;
};

// A BSTR of a result, which is freed.
std::wstring Taken(BSTR text) {
  const std::wstring copy(ViewOf(text));
  SysFreeString(text);
  return copy;
}

// What is in a result that the method must empty.
template <typename Pointer>
Pointer Garbage() {
  return reinterpret_cast<Pointer>(ULONG_PTR{0x10});
}

void CallTexts(ITypes* types, Report& report) {
  BSTR printed = Garbage<BSTR>();
  BSTR text = SysAllocString(L"text");
  CY cy;
  cy.int64 = 65'000;
  const HRESULT hr = types->Print(VARIANT_TRUE, -1, 255, -2, 65'535, -3, 4'294'967'295, -4, 5, 1.5F, -2.25,
                                  cy, 43'831.5, text, E_FAIL, &printed);
  report.Line(L"Print", hr) << L' ' << Taken(printed);
  SysFreeString(text);
}

void CallWithObjects(IUnknown* object, ITypes* types, Report& report) {
  auto* same = Garbage<IUnknown*>();
  HRESULT hr = types->EchoUnknown(object, &same);
  report.Line(L"EchoUnknown", hr) << L' ' << (same == object);
  if (same) same->Release();
  same = Garbage<IUnknown*>();
  hr = types->EchoUnknown(nullptr, &same);
  report.Line(L"EchoUnknown", hr) << L' ' << (same == nullptr);
  ComPtr<IDispatch> dispatch;
  object->QueryInterface(IID_PPV_ARGS(&dispatch));
  auto* back = Garbage<IDispatch*>();
  hr = types->EchoDispatch(dispatch.Get(), &back);
  report.Line(L"EchoDispatch", hr) << L' ' << (back == dispatch.Get());
  if (back) back->Release();
}

void CallWithVariants(ITypes* types, Report& report) {
  VARIANT value;
  VariantInit(&value);
  V_VT(&value) = VT_BSTR;
  V_BSTR(&value) = SysAllocString(L"word");
  VARIANT same;
  V_VT(&same) = 0xFFF;
  const HRESULT hr = types->EchoVariant(value, &same);
  report.Line(L"EchoVariant", hr) << L' ' << V_VT(&same) << L' ' << ViewOf(V_BSTR(&same));
  VariantClear(&same);
  VariantClear(&value);
  DECIMAL decimal{};
  decimal.Lo64 = 125;
  decimal.scale = 1;
  DECIMAL equal{};
  report.Line(L"EchoDecimal", types->EchoDecimal(decimal, &equal))
      << L' ' << equal.Lo64 << L' ' << int{equal.scale};
}

void CallInOut(ITypes* types, Report& report) {
  LONG i4 = 21;
  double r8 = 1.5;
  BSTR text = SysAllocString(L"ab");
  VARIANT value;
  VariantInit(&value);
  V_VT(&value) = VT_I4;
  V_I4(&value) = 4;
  const HRESULT hr = types->Double(&i4, &r8, &text, &value);
  VariantChangeType(&value, &value, 0, VT_I4);
  report.Line(L"Double", hr) << L' ' << i4 << L' ' << r8 << L' ' << Taken(text) << L' ' << V_I4(&value);
}

void CallWithBuffers(ITypes* types, Report& report) {
  const std::array<LONG, 3> numbers = {1, 2, -5};
  LONGLONG sum = kTooMany;
  report.Line(L"Sum", types->Sum(numbers.data(), 3, &sum)) << L' ' << sum;
  report.Line(L"Sum", types->Sum(nullptr, 0, &sum)) << L' ' << sum;
  std::array<double, 5> counted = {};
  ULONG stored = kTooMany;
  const HRESULT hr = types->Count(counted.data(), 5, &stored);
  report.Line(L"Count", hr) << L' ' << stored << L' ' << counted[0] << L' ' << counted[2] << L' '
                            << counted[3];
  std::array<BYTE, 3> bytes = {1, 2, 3};
  report.Line(L"Reverse", types->Reverse(bytes.data(), 3))
      << L' ' << int{bytes[0]} << L' ' << int{bytes[1]} << L' ' << int{bytes[2]};
}

void CallFailing(ITypes* types, Report& report) {
  SetErrorInfo(0, nullptr);
  BSTR text = Garbage<BSTR>();
  auto* object = Garbage<IUnknown*>();
  const HRESULT hr = types->Fail(&text, &object);
  ComPtr<ISupportErrorInfo> support;
  const bool supported = SUCCEEDED(types->QueryInterface(IID_PPV_ARGS(&support))) &&
                         support->InterfaceSupportsErrorInfo(kITypes) == S_OK;
  ComPtr<IErrorInfo> info;
  BSTR description = nullptr;
  if (supported && GetErrorInfo(0, &info) == S_OK) info->GetDescription(&description);
  report.Line(L"Fail", hr) << L' ' << (!text && !object) << L' ' << Taken(description);
  report.Line(L"Noted", types->Noted(nullptr));
}

}  // namespace

std::wstring CallTypes(IUnknown* object) {
  Report report;
  ComPtr<ITypes> types;
  const HRESULT hr = object->QueryInterface(kITypes, reinterpret_cast<void**>(types.GetAddressOf()));
  if (FAILED(hr)) {
    report.Line(L"QueryInterface", hr);
    return report.text();
  }
  CallTexts(types.Get(), report);
  CallWithObjects(object, types.Get(), report);
  CallWithVariants(types.Get(), report);
  CallInOut(types.Get(), report);
  CallWithBuffers(types.Get(), report);
  types->Note(42);
  LONG noted = kTooMany;
  report.Line(L"Noted", types->Noted(&noted)) << L' ' << noted;
  CallFailing(types.Get(), report);
  return report.text();
}

std::wstring CallFloats(IUnknown* object) {
  Report report;
  ComPtr<IFloats> floats;
  const HRESULT hr = object->QueryInterface(kIFloats, reinterpret_cast<void**>(floats.GetAddressOf()));
  if (FAILED(hr)) {
    report.Line(L"QueryInterface", hr);
    return report.text();
  }
  double sum = kTooMany;
  report.Line(L"First", floats->First(0.5F, 2, 4.25, 8, 16.5F, 32.125, &sum)) << L' ' << sum;
  report.Line(L"Second", floats->Second(1, 2.5, 4, 8.25F, 16, 32.5, &sum)) << L' ' << sum;
  report.Line(L"Last", floats->Last(1, 2, 4, 8, 16, 32, 64, 128, 256, 512.5, 0.25F, &sum)) << L' ' << sum;
  return report.text();
}

std::wstring CallAsync(IUnknown* object, LONG number, ULONG milliseconds) {
  Report report;
  ComPtr<ICallFactory> factory;
  HRESULT hr = object->QueryInterface(IID_PPV_ARGS(&factory));
  ComPtr<AsyncIPrime> call;
  if (SUCCEEDED(hr))
    hr = factory->CreateCall(kAsyncIPrime, nullptr, kAsyncIPrime,
                             reinterpret_cast<IUnknown**>(call.GetAddressOf()));
  ComPtr<ISynchronize> event;
  ComPtr<ICancelMethodCalls> cancel;
  if (SUCCEEDED(hr)) hr = call.As(&event);
  if (SUCCEEDED(hr)) hr = call.As(&cancel);
  if (FAILED(hr)) {
    report.Line(L"CreateCall", hr);
    return report.text();
  }
  LONG same = static_cast<LONG>(kTooMany);
  report.Line(L"Finish_", call->Finish_Number(&same)) << L' ' << same;
  report.Line(L"Begin_", call->Begin_Number(number, milliseconds));
  report.Line(L"Begin_", call->Begin_Number(number, milliseconds));
  report.Line(L"Finish_IsPrime", call->Finish_IsPrime(&same));
  report.Line(L"Wait", event->Wait(0, 0));
  report.Line(L"TestCancel", cancel->TestCancel());
  report.Line(L"Wait", event->Wait(0, INFINITE));
  report.Line(L"Cancel", cancel->Cancel(0));
  report.Line(L"Finish_", call->Finish_Number(&same)) << L' ' << same;
  // Without a wait before it, Finish_ waits.
  call->Begin_Number(number + 1, milliseconds);
  report.Line(L"Finish_", call->Finish_Number(&same)) << L' ' << same;
  call->Begin_Number(number, INFINITE);
  report.Line(L"Cancel", cancel->Cancel(0));
  report.Line(L"TestCancel", cancel->TestCancel());
  report.Line(L"Wait", event->Wait(0, 0));
  report.Line(L"Begin_", call->Begin_Number(number, milliseconds));
  report.Line(L"Finish_", call->Finish_Number(&same)) << L' ' << same;
  return report.text();
}

}  // namespace prime
