// A COM object as JavaScript holds it: binding.d.ts's BindingObject and BindingCancelObject.
#pragma once

#include <napi.h>
#include <wrl/client.h>

#include <memory>

#include "node/cancel_object.h"
#include "node/environment.h"

namespace com_cancel {

class ObjectHandle : public Napi::ObjectWrap<ObjectHandle> {
 public:
  static Napi::Function Define(Napi::Env env);
  // Takes a share of `object`. `thread` is what its threadId says.
  static Napi::Object Make(Environment& environment, IUnknown* object, DWORD thread);
  static Napi::Object MakeCancelObject(Environment& environment, HRESULT cancel_result,
                                       Napi::Function on_cancel);
  // Throws TypeError for anything but a handle of ours.
  static ObjectHandle* From(Napi::Value value);

  explicit ObjectHandle(const Napi::CallbackInfo& info);
  ~ObjectHandle() override;

  // Null once released.
  IUnknown* object() const { return held_ ? object_.Get() : nullptr; }
  bool held() const { return held_; }
  DWORD thread() const { return thread_; }
  // The function told of a cancel; undefined where there is none.
  Napi::Value OnCancel();

  // Lets go of the object, whatever JavaScript still holds.
  void Drop() {
    held_ = false;
    object_.Reset();
  }

  // While pinned the reference is kept, even when it is released meanwhile.
  void Pin() { ++pins_; }
  void Unpin();

 private:
  Napi::Value GetThreadId(const Napi::CallbackInfo& info);
  Napi::Value GetHeld(const Napi::CallbackInfo& info);
  Napi::Value References(const Napi::CallbackInfo& info);
  Napi::Value Query(const Napi::CallbackInfo& info);
  Napi::Value Cancel(const Napi::CallbackInfo& info);
  Napi::Value TestCancel(const Napi::CallbackInfo& info);
  void Complete(const Napi::CallbackInfo& info);
  void Release(const Napi::CallbackInfo& info);

  std::shared_ptr<Environment> environment_;
  Microsoft::WRL::ComPtr<IUnknown> object_;
  CancelObject* cancel_object_ = nullptr;  // the same object, where it is one of ours
  DWORD thread_ = 0;
  Key key_ = 0;
  unsigned pins_ = 0;
  bool held_ = true;
};

// The interface id behind binding.d.ts's InterfaceId. Throws TypeError for anything else.
IID InterfaceIdFrom(Napi::Value value);

}  // namespace com_cancel
