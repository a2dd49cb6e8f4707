// binding.d.ts's BindingInfo and Diagnostics.
#include "node/info.h"

#include "host/counters.h"
#include "host/ole32.h"
#include "host/system_info.h"
#include "hosting/architecture.h"
#include "node/host_handle.h"
#include "node/integer.h"

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
  info.Set("architecture", ArchitectureTo(env, hosting::kOwnArchitecture));
  info.Set("entryPoints", entry_points);
  info.Set("capabilities", capabilities);
  return info;
}

Napi::Value Diagnostics(const Napi::CallbackInfo& info) {
  auto diagnostics = Napi::Object::New(info.Env());
  diagnostics.Set("threads", IntegerTo(info.Env(), counters::threads.load()));
  diagnostics.Set("jobs", IntegerTo(info.Env(), counters::jobs.load()));
  diagnostics.Set("objects", IntegerTo(info.Env(), counters::objects.load()));
  diagnostics.Set("pointers", IntegerTo(info.Env(), counters::pointers.load()));
  diagnostics.Set("handles", IntegerTo(info.Env(), CountHandles()));
  return diagnostics;
}

}  // namespace com_cancel
