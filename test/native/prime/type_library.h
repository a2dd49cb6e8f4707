// The type information of the class, created at run time: there is no type library on disk or in the
// registry.
#pragma once

#include <wrl/client.h>

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

}  // namespace prime
