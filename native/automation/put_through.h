// PutThrough, which assigns a new value to a by-reference VARIANT.
#pragma once

#include "automation/value.h"
#include "automation/variant.h"

namespace com_cancel {

// Assigns a value to what a by-reference VARIANT points to, converted to its type, and frees the value before
// it. DISP_E_TYPEMISMATCH or DISP_E_OVERFLOW when it can't be converted: then nothing has changed.
HRESULT PutThrough(const VARIANT& reference, const Value& value, const PointerConversion& pointers,
                   RefusedType* refused = nullptr);

}  // namespace com_cancel
