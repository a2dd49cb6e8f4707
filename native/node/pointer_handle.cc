// PointerHandle, an interface pointer that JavaScript holds.
#include "node/pointer_handle.h"

#include "node/environment.h"

namespace com_cancel {
namespace {

// Marks the objects of this class.
constexpr napi_type_tag kTag = {0x2f4be1c07a9d4e53ULL, 0x8c17d6a05be94f31ULL};

}  // namespace

Napi::Function PointerHandle::Define(Napi::Env env) {
  return DefineClass(env, "BindingPointer",
                     {InstanceAccessor<&PointerHandle::GetThreadId>("threadId"),
                      InstanceAccessor<&PointerHandle::GetHeld>("held"),
                      InstanceMethod<&PointerHandle::Release>("release")});
}

Napi::Value PointerHandle::Make(Napi::Env env, std::shared_ptr<Pointer> pointer) {
  if (!pointer) return env.Null();
  return Environment::Of(env).pointer_constructor().New(
      {Napi::External<std::shared_ptr<Pointer>>::New(env, &pointer)});
}

std::shared_ptr<Pointer> PointerHandle::From(Napi::Value value) {
  if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&kTag))
    throw Napi::TypeError::New(value.Env(), "expected a pointer made by this binding");
  return Unwrap(value.As<Napi::Object>())->pointer_;
}

PointerHandle::PointerHandle(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  if (!info[0].IsExternal())
    throw Napi::TypeError::New(info.Env(), "BindingPointer is made by the binding, not by new");
  pointer_ = *info[0].As<Napi::External<std::shared_ptr<Pointer>>>().Data();
  thread_ = pointer_->home()->id();
  info.This().As<Napi::Object>().TypeTag(&kTag);
}

Napi::Value PointerHandle::GetThreadId(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), thread_);
}

Napi::Value PointerHandle::GetHeld(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), pointer_ != nullptr);
}

void PointerHandle::Release(const Napi::CallbackInfo&) { pointer_.reset(); }

}  // namespace com_cancel
