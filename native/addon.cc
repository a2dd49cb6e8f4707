// The addon's exports, as binding.d.ts declares them.
#include <napi.h>

#include "host/ole32.h"
#include "node/environment.h"
#include "node/functions.h"
#include "node/host_functions.h"
#include "node/host_handle.h"
#include "node/info.h"
#include "node/object_handle.h"
#include "node/pointer_handle.h"
#include "node/process_handle.h"
#include "node/thread_handle.h"
#include "standin/functions.h"

namespace com_cancel {
namespace {

// Node unloads an addon when the last environment that loaded it ends. Our threads, pool callbacks and COM
// objects with foreign references may outlive every environment, so the module stays loaded until the process
// ends.
void StayLoaded() {
  HMODULE module = nullptr;
  GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS,
                     reinterpret_cast<const wchar_t*>(&StayLoaded), &module);
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  StayLoaded();
  Ole32::SetStandIn(stand_in_family);
  const auto environment = Environment::Create(env);
  environment->SetConstructors(ObjectHandle::Define(env), ThreadHandle::Define(env),
                               PointerHandle::Define(env), ProcessHandle::Define(env),
                               HostHandle::Define(env));
  exports.Set("info", Info(env));
  exports.Set("diagnostics", Napi::Function::New<Diagnostics>(env, "diagnostics"));
  DefineFunctions(exports);
  return exports;
}

}  // namespace
}  // namespace com_cancel

NAPI_MODULE_INIT() {
#ifdef COM_CANCEL_IMPORT_SLOTS
  if (!com_cancel::ConnectToHost(env, __builtin_return_address(0))) return nullptr;
#endif
  return Napi::RegisterModule(env, exports, com_cancel::Init);
}
