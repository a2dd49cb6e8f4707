// The functions of binding.d.ts's Binding.
#pragma once

#include <napi.h>

namespace com_cancel {

// Adds the functions to the addon's exports.
void DefineFunctions(Napi::Object exports);

}  // namespace com_cancel
