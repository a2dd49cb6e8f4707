// PutThrough, which assigns a new value to a by-reference VARIANT, and ReplaceScalar, which stores one.
#pragma once

#include "automation/value.h"
#include "automation/variant.h"

namespace com_cancel {

// Assigns a value to what a by-reference VARIANT points to, converted to its type, and frees the value before
// it. DISP_E_TYPEMISMATCH or DISP_E_OVERFLOW when it can't be converted: then nothing has changed.
HRESULT PutThrough(const VARIANT& reference, const Value& value, const PointerConversion& pointers,
                   RefusedType* refused = nullptr);

// Moves a value, which is no array, to the variable of its type at `place`, and frees the value before it.
HRESULT ReplaceScalar(OwnedVariant* replacement, void* place);

}  // namespace com_cancel
