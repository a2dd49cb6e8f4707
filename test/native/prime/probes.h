// Calls to a sink as faulty servers make them.
#pragma once

#include <string>
#include <string_view>

#include "host/win.h"

namespace prime {

// Makes the call of this name. Returns its HRESULT and the description of its EXCEPINFO: `0x80020007 text`.
// Throws Failure E_INVALIDARG for another name.
std::wstring Probe(IUnknown* sink, std::wstring_view name);

}  // namespace prime
