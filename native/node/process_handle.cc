// ProcessHandle, a process that runs a server, which JavaScript holds.
#include "node/process_handle.h"

#include "node/environment.h"
#include "node/integer.h"

namespace com_cancel {

Napi::Function ProcessHandle::Define(Napi::Env env) {
  return DefineClass(
      env, kName,
      {Getter<&ProcessHandle::GetPid>("pid"), Getter<&ProcessHandle::GetFound>("found"),
       Method<&ProcessHandle::Terminate>("terminate"), Method<&ProcessHandle::Release>("release")});
}

Napi::Value ProcessHandle::Make(Napi::Env env, ServerProcess process) {
  Environment& environment = Environment::Of(env);
  return environment.Construct(environment.process_constructor(), &process);
}

ProcessHandle::ProcessHandle(const Napi::CallbackInfo& info)
    : Handle(info), server_(Take<ServerProcess>(info)), pid_(server_.process->id()) {}

Napi::Value ProcessHandle::GetPid(const Napi::CallbackInfo& info) { return IntegerTo(info.Env(), pid_); }

Napi::Value ProcessHandle::GetFound(const Napi::CallbackInfo& info) {
  const bool by_window = server_.found == ServerProcess::Found::kWindow;
  return Napi::String::New(info.Env(), by_window ? "window" : "object reference");
}

Napi::Value ProcessHandle::Terminate(const Napi::CallbackInfo& info) {
  return IntegerTo(info.Env(), server_.process ? server_.process->Terminate() : RPC_E_DISCONNECTED);
}

Napi::Value ProcessHandle::Release(const Napi::CallbackInfo& info) {
  server_.process.reset();
  return info.Env().Undefined();
}

}  // namespace com_cancel
