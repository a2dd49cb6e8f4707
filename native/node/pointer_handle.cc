// PointerHandle, an interface pointer that JavaScript holds.
#include "node/pointer_handle.h"

#include "node/environment.h"
#include "node/integer.h"

namespace com_cancel {
Napi::Function PointerHandle::Define(Napi::Env env) {
  return DefineClass(env, kName,
                     {Getter<&PointerHandle::GetThreadId>("threadId"),
                      Getter<&PointerHandle::GetHeld>("held"), Method<&PointerHandle::Release>("release")});
}

Napi::Value PointerHandle::Make(Napi::Env env, std::shared_ptr<Pointer> pointer) {
  if (!pointer) return env.Null();
  Environment& environment = Environment::Of(env);
  return environment.Construct(environment.pointer_constructor(), &pointer);
}

std::shared_ptr<Pointer> PointerHandle::PointerFrom(Napi::Value value) { return From(value)->pointer_; }

PointerHandle::PointerHandle(const Napi::CallbackInfo& info)
    : Handle(info), pointer_(Take<std::shared_ptr<Pointer>>(info)), thread_(pointer_->home()->id()) {}

Napi::Value PointerHandle::GetThreadId(const Napi::CallbackInfo& info) {
  return IntegerTo(info.Env(), thread_);
}

Napi::Value PointerHandle::GetHeld(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), pointer_ != nullptr);
}

Napi::Value PointerHandle::Release(const Napi::CallbackInfo& info) {
  pointer_.reset();
  return info.Env().Undefined();
}

}  // namespace com_cancel
