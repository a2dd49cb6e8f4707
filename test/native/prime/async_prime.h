// AsyncPrime, the class Prime.Async: methods by vtable, and asynchronous calls of IPrime.
#pragma once

#include <atomic>
#include <vector>

#include "async_call.h"
#include "async_interfaces.h"
#include "host/counted_object.h"

namespace prime {

class AsyncPrime final : public com_cancel::CountedObject<IUnknown>,
                         public IPrime,
                         public ITypes,
                         public IPipeByte,
                         public ICaller,
                         public ICallFactory {
 public:
  explicit AsyncPrime(Calls calls) : calls_(calls) {}

  // IUnknown
  HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override;
  ULONG STDMETHODCALLTYPE AddRef() override { return CountedObject::AddRef(); }
  ULONG STDMETHODCALLTYPE Release() override { return CountedObject::Release(); }

  // IPrime
  HRESULT STDMETHODCALLTYPE IsPrime(LONG number, LONG* prime) override;
  HRESULT STDMETHODCALLTYPE Number(LONG number, ULONG milliseconds, LONG* same) override;
  HRESULT STDMETHODCALLTYPE Block(ULONG milliseconds) override;
  HRESULT STDMETHODCALLTYPE LastTest(LONG* result) override;

  // ITypes
  HRESULT STDMETHODCALLTYPE Print(VARIANT_BOOL truth, signed char i1, BYTE ui1, SHORT i2, USHORT ui2, LONG i4,
                                  ULONG ui4, LONGLONG i8, ULONGLONG ui8, float r4, double r8, CY cy,
                                  DATE date, BSTR text, SCODE error, BSTR* printed) override;
  HRESULT STDMETHODCALLTYPE EchoUnknown(IUnknown* object, IUnknown** same) override;
  HRESULT STDMETHODCALLTYPE EchoDispatch(IDispatch* object, IDispatch** same) override;
  HRESULT STDMETHODCALLTYPE EchoVariant(VARIANT value, VARIANT* same) override;
  HRESULT STDMETHODCALLTYPE EchoDecimal(DECIMAL value, DECIMAL* same) override;
  HRESULT STDMETHODCALLTYPE Double(LONG* i4, double* r8, BSTR* text, VARIANT* value) override;
  void STDMETHODCALLTYPE Note(LONG number) override;
  HRESULT STDMETHODCALLTYPE Noted(LONG* number) override;
  HRESULT STDMETHODCALLTYPE Sum(const LONG* numbers, ULONG count, LONGLONG* sum) override;
  HRESULT STDMETHODCALLTYPE Count(double* numbers, ULONG room, ULONG* stored) override;
  HRESULT STDMETHODCALLTYPE Reverse(BYTE* bytes, ULONG count) override;
  HRESULT STDMETHODCALLTYPE Fail(BSTR* text, IUnknown** object) override;
  HRESULT STDMETHODCALLTYPE Overstate(BYTE* bytes, ULONG* stored) override;

  // IPipeByte
  HRESULT STDMETHODCALLTYPE Pull(BYTE* bytes, ULONG count, ULONG* returned) override;
  HRESULT STDMETHODCALLTYPE Push(BYTE* bytes, ULONG count) override;

  // ICaller
  HRESULT STDMETHODCALLTYPE CallTypes(IUnknown* object, BSTR* report) override;
  HRESULT STDMETHODCALLTYPE CallFloats(IUnknown* object, BSTR* report) override;
  HRESULT STDMETHODCALLTYPE CallAsync(IUnknown* object, LONG number, ULONG milliseconds,
                                      BSTR* report) override;

  // ICallFactory
  HRESULT STDMETHODCALLTYPE CreateCall(REFIID async, IUnknown* outer, REFIID iid, IUnknown** call) override;

 private:
  const Calls calls_;
  std::atomic<LONG> noted_{0};
  com_cancel::Lock lock_;
  std::vector<BYTE> pipe_;
};

// The class object of Prime.Async and its variants. CLASS_E_CLASSNOTAVAILABLE for another class.
HRESULT GetAsyncPrimeFactory(REFCLSID clsid, REFIID iid, void** factory);

}  // namespace prime
