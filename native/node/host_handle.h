// HostHandle, a host process that JavaScript holds: binding.d.ts's BindingHost.
#pragma once

#include <napi.h>

#include <memory>
#include <string>

#include "hosting/host_process.h"
#include "node/environment.h"
#include "node/handle.h"

namespace com_cancel {

class HostHandle : public Handle<HostHandle> {
 public:
  static constexpr napi_type_tag kTag = {0x51e8d0a3c7924f16ULL, 0xa6b37e15d90c482fULL};
  static constexpr char kName[] = "BindingHost";

  static Napi::Function Define(Napi::Env env);
  // binding.d.ts's startHost.
  static Napi::Value Start(const Napi::CallbackInfo& info);
  // binding.d.ts's HostStart. `host`: null for a failure.
  static Napi::Object StartTo(Environment& environment, HRESULT hresult,
                              std::shared_ptr<hosting::HostProcess> host, const std::u16string& detail);
  // binding.d.ts's HostEnd.
  static Napi::Object EndTo(Napi::Env env, const hosting::HostEnd& end);
  // Throws TypeError for anything but a HostHandle.
  static const std::shared_ptr<hosting::HostProcess>& HostFrom(Napi::Value value) {
    return From(value)->host_;
  }

  explicit HostHandle(const Napi::CallbackInfo& info);

 private:
  Napi::Value GetPid(const Napi::CallbackInfo& info);
  Napi::Value GetArchitecture(const Napi::CallbackInfo& info);
  Napi::Value Terminate(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);

  // A share that closes the host when it is the last one.
  std::shared_ptr<hosting::HostProcess> host_;
};

// Converts binding.d.ts's Architecture, which JavaScript names as Node does.
Napi::Value ArchitectureTo(Napi::Env env, hosting::Architecture architecture);

}  // namespace com_cancel
