// binding.d.ts's BindingInfo and Diagnostics.
#include "node/info.h"

#include "host/counters.h"
#include "host/ole32.h"
#include "host/system_info.h"

namespace com_cancel {
namespace {

const char* NameOf(Provider provider) {
  switch (provider) {
    case Provider::kOle32:
      return "ole32";
    case Provider::kKernel32:
      return "kernel32";
    case Provider::kStandIn:
      break;
  }
  return "stand-in";
}

}  // namespace

Napi::Object Info(Napi::Env env) {
  auto entry_points = Napi::Object::New(env);
  for (const EntryPoint& entry : Ole32::Get().entry_points())
    entry_points.Set(entry.name, NameOf(entry.provider));
  auto capabilities = Napi::Object::New(env);
  capabilities.Set("realThreads", true);
  capabilities.Set("cancelAcrossWorkers", true);
  capabilities.Set("blockCancelOperations",
                   "COM lets no program switch a block on cancel operations on (O5)");
  auto info = Napi::Object::New(env);
  info.Set("kind", "native");
  info.Set("host", SystemName());
  info.Set("entryPoints", entry_points);
  info.Set("capabilities", capabilities);
  return info;
}

Napi::Value Diagnostics(const Napi::CallbackInfo& info) {
  auto diagnostics = Napi::Object::New(info.Env());
  diagnostics.Set("threads", static_cast<double>(counters::threads));
  diagnostics.Set("jobs", static_cast<double>(counters::jobs));
  diagnostics.Set("objects", static_cast<double>(counters::objects));
  diagnostics.Set("pointers", static_cast<double>(counters::pointers));
  diagnostics.Set("handles", static_cast<double>(CountHandles()));
  return diagnostics;
}

}  // namespace com_cancel
