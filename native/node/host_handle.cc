// HostHandle, a host process that JavaScript holds.
#include "node/host_handle.h"

#include <utility>

#include "node/call_function.h"
#include "node/integer.h"

using com_cancel::hosting::HostEnd;
using com_cancel::hosting::HostProcess;

namespace com_cancel {

Napi::Function HostHandle::Define(Napi::Env env) {
  return DefineClass(
      env, kName,
      {Getter<&HostHandle::GetPid>("pid"), Getter<&HostHandle::GetArchitecture>("architecture"),
       Method<&HostHandle::Terminate>("terminate"), Method<&HostHandle::Close>("close")});
}

Napi::Value HostHandle::Start(const Napi::CallbackInfo& info) {
  const std::u16string name = info[0].IsString() ? info[0].As<Napi::String>().Utf16Value() : u"";
  const auto architecture = hosting::ArchitectureNamed(std::wstring(name.begin(), name.end()));
  if (!architecture) throw Napi::TypeError::New(info.Env(), "expected an architecture");
  const Napi::Function on_done = FunctionFrom(info[1]);
  const Napi::Function on_ended = FunctionFrom(info[2]);
  Environment& environment = Environment::Of(info.Env());
  const CallbackId done = environment.callbacks().Add(on_done);
  const CallbackId ended = environment.callbacks().Add(on_ended);
  const auto outbox = environment.outbox();
  HostProcess::Start(
      *architecture,
      [outbox, done, ended](HRESULT hresult, std::shared_ptr<HostProcess> host, std::u16string detail) {
        // For an environment that is gone, the message is dropped with its share of the host.
        outbox->PostHostStarted({done, ended, hresult, std::move(host), std::move(detail)});
      },
      [outbox, ended](const HostEnd& end) {
        outbox->PostHostEnded({ended, end});
      });
  return info.Env().Undefined();
}

Napi::Object HostHandle::StartTo(Environment& environment, HRESULT hresult, std::shared_ptr<HostProcess> host,
                                 const std::u16string& detail) {
  const Napi::Env env = environment.env();
  auto start = Napi::Object::New(env);
  start.Set("hresult", IntegerTo(env, hresult));
  start.Set("host",
            host ? Napi::Value(environment.Construct(environment.host_constructor(), &host)) : env.Null());
  start.Set("detail", Napi::String::New(env, detail));
  return start;
}

Napi::Object HostHandle::EndTo(Napi::Env env, const HostEnd& end) {
  const auto name = [&] {
    switch (end.by) {
      case HostEnd::By::kClose:
        return "close";
      case HostEnd::By::kTerminate:
        return "terminate";
      case HostEnd::By::kItself:
        break;
    }
    return "itself";
  };
  auto object = Napi::Object::New(env);
  object.Set("exitCode", IntegerTo(env, end.exit_code));
  object.Set("by", Napi::String::New(env, name()));
  object.Set("message", Napi::String::New(env, end.message));
  return object;
}

HostHandle::HostHandle(const Napi::CallbackInfo& info)
    : Handle(info), host_(Take<std::shared_ptr<HostProcess>>(info)) {}

Napi::Value HostHandle::GetPid(const Napi::CallbackInfo& info) { return IntegerTo(info.Env(), host_->id()); }

Napi::Value HostHandle::GetArchitecture(const Napi::CallbackInfo& info) {
  return ArchitectureTo(info.Env(), host_->architecture());
}

Napi::Value HostHandle::Terminate(const Napi::CallbackInfo& info) {
  host_->Terminate();
  return IntegerTo(info.Env(), S_OK);
}

Napi::Value HostHandle::Close(const Napi::CallbackInfo& info) {
  host_->Close();
  return info.Env().Undefined();
}

Napi::Value ArchitectureTo(Napi::Env env, hosting::Architecture architecture) {
  const std::wstring name = NameOf(architecture);
  return Napi::String::New(env, std::u16string(name.begin(), name.end()));
}

}  // namespace com_cancel
