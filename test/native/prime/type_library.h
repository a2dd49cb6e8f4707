// The type information of the class, created at run time: there is no type library on disk or in the
// registry.
#pragma once

#include <wrl/client.h>

#include <string>

#include "variant.h"

namespace prime {

struct TypeLibrary {
  // The class, its default interface, and its default source interface with the event.
  Microsoft::WRL::ComPtr<ITypeInfo> coclass;
  Microsoft::WRL::ComPtr<ITypeInfo> members;
  Microsoft::WRL::ComPtr<ITypeInfo> events;
  // A record with two numbers, x and y; null where the system can't create one.
  Microsoft::WRL::ComPtr<IRecordInfo> point;

  // Created at the first call. Throws Failure.
  static const TypeLibrary& Get();
};

// For other type libraries. Throw Failure.
Microsoft::WRL::ComPtr<ICreateTypeInfo> NewType(ICreateTypeLib2* library, std::wstring name, TYPEKIND kind,
                                                REFGUID guid);
Microsoft::WRL::ComPtr<ITypeInfo> Finished(const Microsoft::WRL::ComPtr<ICreateTypeInfo>& made);
void DeriveFromDispatch(const Microsoft::WRL::ComPtr<ICreateTypeInfo>& type);

}  // namespace prime
