// What ICaller does: calls of interfaces that others implement, by the compiler's vtables.
#pragma once

#include <string>

#include "async_interfaces.h"

namespace prime {

// Each calls the interfaces of `object`, and returns as text what the methods returned.
std::wstring CallTypes(IUnknown* object);
std::wstring CallFloats(IUnknown* object);
std::wstring CallAsync(IUnknown* object, LONG number, ULONG milliseconds);

}  // namespace prime
