// ProcessHandle, a process that runs a server, which JavaScript holds: binding.d.ts's BindingServerProcess.
#pragma once

#include <napi.h>

#include "automation/call.h"
#include "node/handle.h"

namespace com_cancel {

class ProcessHandle : public Handle<ProcessHandle> {
 public:
  static constexpr napi_type_tag kTag = {0x51c9e07d3ab84f6eULL, 0xb27a4d18f0c39e65ULL};
  static constexpr char kName[] = "BindingServerProcess";

  static Napi::Function Define(Napi::Env env);
  static Napi::Value Make(Napi::Env env, ServerProcess process);

  explicit ProcessHandle(const Napi::CallbackInfo& info);

 private:
  Napi::Value GetPid(const Napi::CallbackInfo& info);
  Napi::Value GetFound(const Napi::CallbackInfo& info);
  Napi::Value Terminate(const Napi::CallbackInfo& info);
  Napi::Value Release(const Napi::CallbackInfo& info);

  ServerProcess server_;
  DWORD pid_ = 0;
};

}  // namespace com_cancel
