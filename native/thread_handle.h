// A ComThread as JavaScript holds it: binding.d.ts's BindingThread.
#pragma once

#include <napi.h>

#include <memory>

#include "com_thread.h"
#include "wait_call.h"

namespace com_cancel {

class ThreadHandle : public Napi::ObjectWrap<ThreadHandle> {
 public:
  static Napi::Function Define(Napi::Env env);
  // binding.d.ts's startThread.
  static Napi::Value Start(const Napi::CallbackInfo& info);

  explicit ThreadHandle(const Napi::CallbackInfo& info);
  // A forgotten thread ends when its work is done.
  ~ThreadHandle() override;

 private:
  Napi::Value GetId(const Napi::CallbackInfo& info);
  Napi::Value Wait(const Napi::CallbackInfo& info);
  void Cancel(const Napi::CallbackInfo& info);
  void Close(const Napi::CallbackInfo& info);

  std::shared_ptr<ComThread> thread_;
};

// binding.d.ts's WaitOptions.
WaitOptions WaitOptionsFrom(Napi::Value value);

}  // namespace com_cancel
