// PointerHandle, an interface pointer that JavaScript holds: binding.d.ts's BindingPointer.
#pragma once

#include <napi.h>

#include <memory>

#include "automation/pointer.h"
#include "threads/com_thread.h"

namespace com_cancel {

class PointerHandle : public Napi::ObjectWrap<PointerHandle> {
 public:
  static Napi::Function Define(Napi::Env env);
  // Null for null.
  static Napi::Value Make(Napi::Env env, std::shared_ptr<Pointer> pointer);
  // Null for a released one. Throws TypeError for anything but a PointerHandle.
  static std::shared_ptr<Pointer> From(Napi::Value value);

  explicit PointerHandle(const Napi::CallbackInfo& info);

 private:
  Napi::Value GetThreadId(const Napi::CallbackInfo& info);
  Napi::Value GetHeld(const Napi::CallbackInfo& info);
  void Release(const Napi::CallbackInfo& info);

  std::shared_ptr<Pointer> pointer_;
  DWORD thread_ = 0;
};

}  // namespace com_cancel
