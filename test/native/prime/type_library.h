// The class's type information, made at run time: no type library lies on disk and none is registered.
#pragma once

#include <wrl/client.h>

#include "variant.h"

namespace prime {

struct TypeLibrary {
  // The class, its default interface, and its default source interface with the event.
  Microsoft::WRL::ComPtr<ITypeInfo> coclass;
  Microsoft::WRL::ComPtr<ITypeInfo> members;
  Microsoft::WRL::ComPtr<ITypeInfo> events;
  // A record with two numbers, x and y; null where the system can't make one.
  Microsoft::WRL::ComPtr<IRecordInfo> point;

  // Made at the first call. Throws Failure.
  static const TypeLibrary& Get();
};

}  // namespace prime
