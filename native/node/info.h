// binding.d.ts's BindingInfo and Diagnostics: this host, and what is alive in this process.
#pragma once

#include <napi.h>

namespace com_cancel {

Napi::Object Info(Napi::Env env);
Napi::Value Diagnostics(const Napi::CallbackInfo& info);

}  // namespace com_cancel
