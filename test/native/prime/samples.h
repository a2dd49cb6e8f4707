// Samples for Return(typeName): one VARIANT of each type.
//
// The names are those of binding.d.ts ("i4", "bstr"); with the prefix "array-" for an array of three; and
// some special ones. TypeNames lists all of them. "vt-<number>" is a VARIANT of this type without content.
#pragma once

#include "variant.h"

namespace prime {

// False when there is no sample of that name. `self` is the value of the types for objects.
bool MakeSample(std::wstring_view name, IDispatch* self, Variant& sample);

// An array of the names.
Variant SampleNames();

}  // namespace prime
