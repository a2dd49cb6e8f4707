// The text of the system for an HRESULT.
#pragma once

#include <string>

#include "host/win.h"

namespace com_cancel {

// In the user's language, as FormatMessage has it; empty when it has none.
std::u16string SystemText(HRESULT hresult);

}  // namespace com_cancel
