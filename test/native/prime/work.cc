// Members that take time: IsPrime, calls that block, calls that call back, and the end of the process.
#include <cmath>
#include <cstdint>

#include "calculator.h"
#include "dispatch_call.h"
#include "host.h"
#include "test_cancel.h"

using Microsoft::WRL::ComPtr;

namespace prime {
namespace {

// An integer as a decimal string, for numbers too large for the language of the caller.
unsigned long long WholeNumber(const Arguments& call, std::wstring_view digits) {
  const bool negative = !digits.empty() && digits.front() == L'-';
  if (negative) digits.remove_prefix(1);
  if (digits.empty()) call.Refuse(0, DISP_E_TYPEMISMATCH);
  unsigned long long number = 0;
  for (const wchar_t digit : digits) {
    if (digit < L'0' || digit > L'9') call.Refuse(0, DISP_E_TYPEMISMATCH);
    const auto value = static_cast<unsigned>(digit - L'0');
    if (number > (UINT64_MAX - value) / 10) call.Refuse(0, DISP_E_OVERFLOW);
    number = number * 10 + value;
  }
  return negative ? 0 : number;
}

// The integer in the first argument; 0 for a negative one, which is not prime either.
unsigned long long WholeNumber(const Arguments& call) {
  const Variant given = call.Copy(0);
  switch (given->vt) {
    case VT_BSTR:
      return WholeNumber(call, ViewOf(given->bstrVal));
    case VT_R4:
    case VT_R8: {
      const double number = given->vt == VT_R4 ? static_cast<double>(given->fltVal) : given->dblVal;
      if (std::trunc(number) != number) call.Refuse(0, DISP_E_TYPEMISMATCH);
      if (number >= 0x1p64) call.Refuse(0, DISP_E_OVERFLOW);
      return number < 0 ? 0 : static_cast<unsigned long long>(number);
    }
    case VT_UI8:
      return given->ullVal;
    case VT_I1:
    case VT_I2:
    case VT_I4:
    case VT_I8:
    case VT_INT:
    case VT_UI1:
    case VT_UI2:
    case VT_UI4:
    case VT_UINT:
    case VT_CY:
    case VT_DECIMAL: {
      const Variant number = Variant::Converted(*given, VT_I8);
      return number->llVal < 0 ? 0 : static_cast<unsigned long long>(number->llVal);
    }
    default:
      call.Refuse(0, DISP_E_TYPEMISMATCH);
  }
}

}  // namespace

// As slow as the example of the book: divides by each number up to half. 2147483647 takes seconds,
// 1000000000039 an hour.
HRESULT Calculator::IsPrime(Arguments& call) {
  constexpr unsigned long long kStepsBetweenPolls = 0x4000;  // well below a millisecond
  const unsigned long long number = WholeNumber(call);
  const unsigned long long half = number / 2 + 1;
  bool prime = number >= 2;
  for (unsigned long long count = 2; prime && count < half; ++count) {
    if (count % kStepsBetweenPolls == 0 && IsCanceled()) return RPC_E_CALL_CANCELED;
    prime = number % count != 0;
  }
  call.result = Variant::Bool(prime);
  return S_OK;
}

HRESULT Calculator::Block(Arguments& call) {
  Sleep(call.Milliseconds(0));
  return S_OK;
}

HRESULT Calculator::BlockPolling(Arguments& call) {
  const auto until = com_cancel::Clock::now() + std::chrono::milliseconds(call.Milliseconds(0));
  while (com_cancel::Clock::now() < until) {
    if (IsCanceled()) return RPC_E_CALL_CANCELED;
    Sleep(5);
  }
  return S_OK;
}

HRESULT Calculator::Number(Arguments& call) {
  if (call.Has(1)) Sleep(call.Milliseconds(1));
  call.result = call.Copy(0);
  return S_OK;
}

HRESULT Calculator::CallBack(Arguments& call) {
  const ComPtr<IDispatch> object = call.Object(0);
  const long times = call.Long(1);
  for (long time = 0; time < times; ++time) {
    if (IsCanceled()) return RPC_E_CALL_CANCELED;
    DispatchCall back(object.Get(), DISPID_VALUE, DISPATCH_METHOD);
    back.Add(call.Copy(2));
    const HRESULT hr = back.Invoke(call.exception());
    if (FAILED(hr)) return hr;
    call.result = std::move(back.result);
  }
  return S_OK;
}

HRESULT Calculator::Relay(Arguments& call) {
  const ComPtr<IDispatch> object = call.Object(0);
  const std::wstring kind = call.Text(2);
  WORD kinds = 0;
  if (kind == L"call") kinds = DISPATCH_METHOD;
  if (kind == L"get") kinds = DISPATCH_PROPERTYGET;
  if (kind == L"set") kinds = DISPATCH_PROPERTYPUT;
  if (kind == L"set-reference") kinds = DISPATCH_PROPERTYPUTREF;
  if (kinds == 0) call.Refuse(2, E_INVALIDARG);

  const Variant name = Variant::Text(call.Text(1));
  DISPID id = DISPID_UNKNOWN;
  LPOLESTR names[] = {name->bstrVal};
  const HRESULT known = object->GetIDsOfNames(IID_NULL, names, 1, LOCALE_USER_DEFAULT, &id);
  if (FAILED(known)) return known;

  DispatchCall back(object.Get(), id, kinds);
  Variant referred;
  const bool by_reference = call.Bool(4, false);
  if (by_reference) {
    if (call.Has(3)) referred = call.Copy(3);
    back.AddReference(referred.get());
  } else if (call.Has(3)) {
    back.Add(call.Copy(3));
  }
  const HRESULT hr = back.Invoke(call.exception());
  call.result = by_reference ? std::move(referred) : std::move(back.result);
  return hr;
}

HRESULT Calculator::Busy(Arguments& call) {
  return host::RejectCalls(call.Milliseconds(0),
                           call.Bool(1, false) ? SERVERCALL_REJECTED : SERVERCALL_RETRYLATER);
}

HRESULT Calculator::Die(Arguments& call) { return host::EndProcess(call.Has(0) ? call.Milliseconds(0) : 0); }

}  // namespace prime
