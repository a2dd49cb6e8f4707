// Plain values to and from JavaScript, shaped as binding.d.ts's Variant, on the thread of JavaScript.
#pragma once

#include <napi.h>

#include <functional>
#include <memory>

#include "automation/value.h"

namespace com_cancel {

// A share of what a BindingPointer stands for. Throws Napi::TypeError for anything else.
using PointerFrom = std::function<std::shared_ptr<Pointer>(Napi::Value)>;
// The BindingPointer of a share, which is not null.
using PointerTo = std::function<Napi::Value(Napi::Env, std::shared_ptr<Pointer>)>;

// A Variant. Throws Napi::TypeError for what isn't one, and what getters and `pointer_from` throw.
Value ValueFrom(Napi::Value variant, const PointerFrom& pointer_from);

// A new Variant; `byRef` is there when it is true. Throws Napi::Error, as when a string is too long for
// JavaScript.
Napi::Object ValueTo(Napi::Env env, const Value& value, const PointerTo& pointer_to);

}  // namespace com_cancel
