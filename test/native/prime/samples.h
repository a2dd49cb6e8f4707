// One VARIANT of every type, by the type's name, for Return(typeName).
//
// Names are those of binding.d.ts ("i4", "bstr"), with "array-" before them for an array of three, and some
// special ones: TypeNames lists them all. "vt-<number>" is a VARIANT that says that type and has no content.
#pragma once

#include "variant.h"

namespace prime {

// False when there is no sample of that name. `self` is what the types for objects return.
bool MakeSample(std::wstring_view name, IDispatch* self, Variant& sample);

// An array of the names.
Variant SampleNames();

}  // namespace prime
