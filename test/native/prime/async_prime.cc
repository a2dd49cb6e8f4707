// AsyncPrime, the class Prime.Async.
#include "async_prime.h"

#include <algorithm>
#include <new>
#include <sstream>
#include <string>

#include "caller.h"
#include "classes.h"
#include "factory.h"
#include "test_cancel.h"
#include "variant.h"

using com_cancel::Clock;
using Microsoft::WRL::ComPtr;

namespace prime {
namespace {

HRESULT Returned(std::wstring_view text, BSTR* returned) {
  *returned = SysAllocStringLen(text.data(), static_cast<UINT>(text.size()));
  return *returned ? S_OK : E_OUTOFMEMORY;
}

}  // namespace

HRESULT AsyncPrime::QueryInterface(REFIID iid, void** object) {
  if (!object) return E_POINTER;
  *object = nullptr;
  if (iid == kIPrime) *object = static_cast<IPrime*>(this);
  if (iid == kITypes) *object = static_cast<ITypes*>(this);
  if (iid == __uuidof(IPipeByte)) *object = static_cast<IPipeByte*>(this);
  if (iid == kICaller) *object = static_cast<ICaller*>(this);
  if (iid == __uuidof(ICallFactory)) *object = static_cast<ICallFactory*>(this);
  if (!*object) return CountedObject::QueryInterface(iid, object);
  AddRef();
  return S_OK;
}

HRESULT AsyncPrime::IsPrime(LONG number, LONG* prime) {
  return prime ? FindOutIfPrime(number, IsCanceled, *prime) : E_POINTER;
}

HRESULT AsyncPrime::Number(LONG number, ULONG milliseconds, LONG* same) {
  if (!same) return E_POINTER;
  const auto until = Clock::now() + std::chrono::milliseconds(milliseconds);
  while (Clock::now() < until) {
    if (IsCanceled()) return RPC_E_CALL_CANCELED;
    Sleep(1);
  }
  *same = number;
  return S_OK;
}

HRESULT AsyncPrime::Block(ULONG milliseconds) {
  Sleep(milliseconds);
  return S_OK;
}

HRESULT AsyncPrime::LastTest(LONG* result) {
  if (!result) return E_POINTER;
  *result = prime::LastTest();
  return S_OK;
}

HRESULT AsyncPrime::Print(VARIANT_BOOL truth, signed char i1, BYTE ui1, SHORT i2, USHORT ui2, LONG i4,
                          ULONG ui4, LONGLONG i8, ULONGLONG ui8, float r4, double r8, CY cy, DATE date,
                          BSTR text, SCODE error, BSTR* printed) {
  if (!printed) return E_POINTER;
  std::wostringstream out;
  out << truth << L' ' << int{i1} << L' ' << int{ui1} << L' ' << i2 << L' ' << ui2 << L' ' << i4 << L' '
      << ui4 << L' ' << i8 << L' ' << ui8 << L' ' << r4 << L' ' << r8 << L' ' << cy.int64 << L' ' << date
      << L' ' << ViewOf(text) << L' ' << error;
  return Returned(out.str(), printed);
}

HRESULT AsyncPrime::EchoUnknown(IUnknown* object, IUnknown** same) {
  if (!same) return E_POINTER;
  return ComPtr<IUnknown>(object).CopyTo(same);
}

HRESULT AsyncPrime::EchoDispatch(IDispatch* object, IDispatch** same) {
  if (!same) return E_POINTER;
  return ComPtr<IDispatch>(object).CopyTo(same);
}

HRESULT AsyncPrime::EchoVariant(VARIANT value, VARIANT* same) {
  return same ? VariantCopy(same, &value) : E_POINTER;
}

HRESULT AsyncPrime::EchoDecimal(DECIMAL value, DECIMAL* same) {
  if (!same) return E_POINTER;
  *same = value;
  return S_OK;
}

HRESULT AsyncPrime::Double(LONG* i4, double* r8, BSTR* text, VARIANT* value) {
  if (!i4 || !r8 || !text || !value) return E_POINTER;
  *i4 *= 2;
  *r8 *= 2;
  const std::wstring twice = std::wstring(ViewOf(*text)) + std::wstring(ViewOf(*text));
  SysFreeString(*text);
  const HRESULT hr = Returned(twice, text);
  if (FAILED(hr)) return hr;
  const HRESULT changed = VariantChangeType(value, value, 0, VT_R8);
  if (SUCCEEDED(changed)) value->dblVal *= 2;
  return changed;
}

void AsyncPrime::Note(LONG number) { noted_ = number; }

HRESULT AsyncPrime::Noted(LONG* number) {
  if (!number) return E_POINTER;
  *number = noted_;
  return S_OK;
}

HRESULT AsyncPrime::Sum(const LONG* numbers, ULONG count, LONGLONG* sum) {
  if (!sum) return E_POINTER;
  *sum = 0;
  for (ULONG index = 0; index < count; ++index) *sum += numbers[index];
  return S_OK;
}

HRESULT AsyncPrime::Count(double* numbers, ULONG room, ULONG* stored) {
  if (!stored) return E_POINTER;
  *stored = room < 2 ? 0 : room - 2;
  for (ULONG index = 0; index < *stored; ++index) numbers[index] = index + 1;
  return S_OK;
}

HRESULT AsyncPrime::Reverse(BYTE* bytes, ULONG count) {
  std::reverse(bytes, bytes + count);
  return S_OK;
}

HRESULT AsyncPrime::Fail(BSTR* text, IUnknown** object) {
  if (!text || !object) return E_POINTER;
  *text = reinterpret_cast<BSTR>(ULONG_PTR{0x10});
  *object = reinterpret_cast<IUnknown*>(ULONG_PTR{0x10});
  ComPtr<ICreateErrorInfo> created;
  ComPtr<IErrorInfo> info;
  std::wstring description = L"it always fails";
  if (SUCCEEDED(CreateErrorInfo(&created)) && SUCCEEDED(created->SetDescription(description.data())) &&
      SUCCEEDED(created.As(&info)))
    SetErrorInfo(0, info.Get());
  return E_ACCESSDENIED;
}

HRESULT AsyncPrime::Overstate(BYTE* bytes, ULONG* stored) {
  if (!stored) return E_POINTER;
  bytes[0] = 1;
  *stored = 1'000'000;
  return S_OK;
}

HRESULT AsyncPrime::Pull(BYTE* bytes, ULONG count, ULONG* returned) {
  if (!returned) return E_POINTER;
  const com_cancel::Guard guard(lock_);
  *returned = (std::min)(count, static_cast<ULONG>(pipe_.size()));
  const auto end = pipe_.begin() + static_cast<ptrdiff_t>(*returned);
  std::copy(pipe_.begin(), end, bytes);
  pipe_.erase(pipe_.begin(), end);
  return S_OK;
}

HRESULT AsyncPrime::Push(BYTE* bytes, ULONG count) {
  try {
    const com_cancel::Guard guard(lock_);
    pipe_.insert(pipe_.end(), bytes, bytes + count);
    return S_OK;
  } catch (const std::bad_alloc&) {
    return E_OUTOFMEMORY;
  }
}

HRESULT AsyncPrime::CallTypes(IUnknown* object, BSTR* report) {
  return object && report ? Returned(prime::CallTypes(object), report) : E_POINTER;
}

HRESULT AsyncPrime::CallFloats(IUnknown* object, BSTR* report) {
  return object && report ? Returned(prime::CallFloats(object), report) : E_POINTER;
}

HRESULT AsyncPrime::CallAsync(IUnknown* object, LONG number, ULONG milliseconds, BSTR* report) {
  return object && report ? Returned(prime::CallAsync(object, number, milliseconds), report) : E_POINTER;
}

HRESULT AsyncPrime::CreateCall(REFIID async, IUnknown* outer, REFIID iid, IUnknown** call) {
  if (!call) return E_POINTER;
  *call = nullptr;
  return async == kAsyncIPrime ? NewAsyncCall(calls_, outer, iid, call) : E_NOINTERFACE;
}

HRESULT GetAsyncPrimeFactory(REFCLSID clsid, REFIID iid, void** factory) {
  for (const auto& [known, calls] :
       {std::pair{&kAsync, Calls::kComplete}, std::pair{&kAsyncAlone, Calls::kNotAggregatable},
        std::pair{&kAsyncPlain, Calls::kNotCancelable}}) {
    if (*known != clsid) continue;
    const auto made = com_cancel::TakeOver(new (std::nothrow) Factory<AsyncPrime, Calls>(calls));
    return made ? made->QueryInterface(iid, factory) : E_OUTOFMEMORY;
  }
  return CLASS_E_CLASSNOTAVAILABLE;
}

}  // namespace prime
