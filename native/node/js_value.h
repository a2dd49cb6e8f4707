// Conversions between Values and binding.d.ts's Variant, for a JavaScript thread.
#pragma once

#include <napi.h>

#include <functional>
#include <memory>

#include "automation/value.h"

namespace com_cancel {

// Returns a share of the Pointer behind a BindingPointer. Throws Napi::TypeError for anything else.
using PointerFrom = std::function<std::shared_ptr<Pointer>(Napi::Value)>;
// Returns the BindingPointer for a Pointer, which is not null.
using PointerTo = std::function<Napi::Value(Napi::Env, std::shared_ptr<Pointer>)>;

// Converts a Variant. Throws Napi::TypeError for anything else, and what getters and `pointer_from` throw.
Value ValueFrom(Napi::Value variant, const PointerFrom& pointer_from);

// A new Variant, with `byRef` only if it is true. Throws Napi::Error, such as for a string too long for
// JavaScript.
Napi::Object ValueTo(Napi::Env env, const Value& value, const PointerTo& pointer_to);

}  // namespace com_cancel
