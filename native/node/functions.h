// The functions of binding.d.ts: the cancellation family on the calling thread, and what starts everything
// else.
#pragma once

#include <napi.h>

namespace com_cancel {

// Adds the functions to the addon's exports.
void DefineFunctions(Napi::Object exports);

}  // namespace com_cancel
