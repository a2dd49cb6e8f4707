// Described, the class Prime.Described: its type information has what the calculator's lacks, types, default
// values, an enumeration and help texts; and Named, an object that has IDispatchEx instead.
#pragma once

#include <dispex.h>

#include "host/counted_object.h"

namespace prime {

class Described final : public com_cancel::CountedObject<IDispatch> {
 public:
  // The members.
  static constexpr DISPID kSearch = 1;   // a method with parameters of each kind; returns "searched"
  static constexpr DISPID kOwner = 2;    // is set by reference only
  static constexpr DISPID kVersion = 3;  // is read-only
  static constexpr DISPID kSecret = 4;   // a hidden method
  static constexpr DISPID kNames = 5;    // a Named

  HRESULT STDMETHODCALLTYPE GetTypeInfoCount(UINT* count) override;
  HRESULT STDMETHODCALLTYPE GetTypeInfo(UINT index, LCID locale, ITypeInfo** info) override;
  HRESULT STDMETHODCALLTYPE GetIDsOfNames(REFIID iid, LPOLESTR* names, UINT count, LCID locale,
                                          DISPID* ids) override;
  HRESULT STDMETHODCALLTYPE Invoke(DISPID id, REFIID iid, LCID locale, WORD kinds, DISPPARAMS* passed,
                                   VARIANT* result, EXCEPINFO* exception, UINT* argument) override;
};

// The class object.
HRESULT GetDescribedFactory(REFIID iid, void** factory);
// The type information of Described, created at the first call. Throws Failure.
ITypeInfo* DescribedType();
// An object with the members alpha, which can be read and set, and beta, which can be called. Null without
// memory.
IDispatch* NewNamed();

}  // namespace prime
