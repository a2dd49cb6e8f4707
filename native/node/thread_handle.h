// ThreadHandle, a ComThread that JavaScript holds: binding.d.ts's BindingThread.
#pragma once

#include <napi.h>

#include <functional>
#include <memory>

#include "automation/call.h"
#include "node/environment.h"
#include "node/handle.h"
#include "threads/com_thread.h"
#include "threads/wait_call.h"

namespace com_cancel {

class ThreadHandle : public Handle<ThreadHandle> {
 public:
  static constexpr napi_type_tag kTag = {0xb07c52d94e1f4a6bULL, 0x94e20d7b8f3c6a15ULL};
  static constexpr char kName[] = "BindingThread";

  static Napi::Function Define(Napi::Env env);
  // binding.d.ts's startThread.
  static Napi::Value Start(const Napi::CallbackInfo& info);

  explicit ThreadHandle(const Napi::CallbackInfo& info);
  // A thread that is collected without close ends when its queue is empty.
  ~ThreadHandle() override;

 private:
  Napi::Value GetId(const Napi::CallbackInfo& info);
  Napi::Value Wait(const Napi::CallbackInfo& info);
  Napi::Value Activate(const Napi::CallbackInfo& info);
  Napi::Value Ask(const Napi::CallbackInfo& info);
  Napi::Value Adopt(const Napi::CallbackInfo& info);
  Napi::Value SetProxyBlanket(const Napi::CallbackInfo& info);
  Napi::Value Implement(const Napi::CallbackInfo& info);
  Napi::Value Cancel(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);

  // Queues a job and returns its id. `options`: binding.d.ts's JobOptions, or undefined.
  Napi::Value Queue(Napi::Value done, Job::Function function, Callbacks::Kind kind, Napi::Value options);
  // Queues a job that ends with an outcome.
  using Call = std::function<std::unique_ptr<Outcome>(ComThread& thread, const Job& job)>;
  Napi::Value QueueCall(Napi::Value done, Call call, Napi::Value options);

  std::shared_ptr<ComThread> thread_;
};

// binding.d.ts's WaitRequest.
WaitRequest WaitRequestFrom(Napi::Value value);

}  // namespace com_cancel
