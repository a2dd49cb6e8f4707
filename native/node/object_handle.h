// ObjectHandle, a COM object that JavaScript holds: binding.d.ts's BindingObject and BindingCancelObject.
#pragma once

#include <napi.h>

#include <memory>

#include "node/cancel_object.h"
#include "node/environment.h"
#include "node/handle.h"

namespace com_cancel {

class ObjectHandle : public Handle<ObjectHandle> {
 public:
  static constexpr napi_type_tag kTag = {0x6d1c1f0a8e5b4c27ULL, 0x9b3f5d20a4e7c861ULL};
  static constexpr char kName[] = "BindingObject";

  static Napi::Function Define(Napi::Env env);
  // Takes a reference to `object`. `thread` is the value of its threadId.
  static Napi::Object Make(Environment& environment, IUnknown* object, DWORD thread);
  static Napi::Object MakeCancelObject(Environment& environment, HRESULT cancel_result,
                                       Napi::Function on_cancel);

  explicit ObjectHandle(const Napi::CallbackInfo& info);
  ~ObjectHandle() override;

  // Null once released.
  IUnknown* object() const { return object_.get(); }
  bool held() const { return object_ != nullptr; }
  // The handle's one COM reference. A copy keeps it when the handle is released, collected, or gone.
  const std::shared_ptr<IUnknown>& reference() const { return object_; }
  DWORD thread() const { return thread_; }
  // The function to call for a cancel; undefined when there is none.
  Napi::Value OnCancel();

  // Releases the object, even if JavaScript still holds this handle.
  void Drop() { object_.reset(); }

 private:
  Napi::Value GetThreadId(const Napi::CallbackInfo& info);
  Napi::Value GetHeld(const Napi::CallbackInfo& info);
  Napi::Value References(const Napi::CallbackInfo& info);
  Napi::Value Query(const Napi::CallbackInfo& info);
  Napi::Value Cancel(const Napi::CallbackInfo& info);
  Napi::Value TestCancel(const Napi::CallbackInfo& info);
  Napi::Value Complete(const Napi::CallbackInfo& info);
  Napi::Value Release(const Napi::CallbackInfo& info);

  std::shared_ptr<Environment> environment_;
  std::shared_ptr<IUnknown> object_;
  CancelObject* cancel_object_ = nullptr;  // the same object, if it is a CancelObject
  DWORD thread_ = 0;
  HandleId id_{};
};

// Converts binding.d.ts's InterfaceId. Throws TypeError for anything else.
IID InterfaceIdFrom(Napi::Value value);

}  // namespace com_cancel
