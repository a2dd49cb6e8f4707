// PointerHandle, an interface pointer that JavaScript holds: binding.d.ts's BindingPointer.
#pragma once

#include <napi.h>

#include <memory>

#include "automation/pointer.h"
#include "node/handle.h"
#include "threads/com_thread.h"

namespace com_cancel {

class PointerHandle : public Handle<PointerHandle> {
 public:
  static constexpr napi_type_tag kTag = {0x2f4be1c07a9d4e53ULL, 0x8c17d6a05be94f31ULL};
  static constexpr char kName[] = "BindingPointer";

  static Napi::Function Define(Napi::Env env);
  // Null for null.
  static Napi::Value Make(Napi::Env env, std::shared_ptr<Pointer> pointer);
  // Null for a released one. Throws TypeError for anything but a PointerHandle.
  static std::shared_ptr<Pointer> PointerFrom(Napi::Value value);

  explicit PointerHandle(const Napi::CallbackInfo& info);

 private:
  Napi::Value GetThreadId(const Napi::CallbackInfo& info);
  Napi::Value GetHeld(const Napi::CallbackInfo& info);
  Napi::Value Release(const Napi::CallbackInfo& info);

  std::shared_ptr<Pointer> pointer_;
  DWORD thread_ = 0;
};

}  // namespace com_cancel
