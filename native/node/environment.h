// Environment, one JavaScript environment (the main thread or a worker): delivers messages of threads, and
// ends.
#pragma once

#include <napi.h>

#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "host/win.h"
#include "node/callbacks.h"
#include "node/incoming_calls.h"
#include "node/outbox.h"
#include "node/thread_com_state.h"
#include "node/watches.h"
#include "threads/com_thread.h"

namespace com_cancel {

class ObjectHandle;

// For its own thread only; other threads post to the outbox. When the environment ends (process exit, a
// terminated worker) its threads are closed, those that still block are abandoned, and the COM state of its
// own thread is restored.
class Environment : public std::enable_shared_from_this<Environment> {
 public:
  static std::shared_ptr<Environment> Create(Napi::Env env);
  static Environment& Of(Napi::Env env);
  ~Environment();

  Napi::Env env() const { return env_; }
  const std::shared_ptr<Outbox>& outbox() const { return outbox_; }
  Callbacks& callbacks() { return callbacks_; }
  IncomingCalls& incoming_calls() { return incoming_calls_; }
  ThreadComState& com_state() { return com_state_; }
  Watches& watches() { return watches_; }

  void SetConstructors(Napi::Function object, Napi::Function thread, Napi::Function pointer,
                       Napi::Function process, Napi::Function host) {
    object_constructor_ = Napi::Persistent(object);
    pointer_constructor_ = Napi::Persistent(pointer);
    process_constructor_ = Napi::Persistent(process);
    thread_constructor_ = Napi::Persistent(thread);
    host_constructor_ = Napi::Persistent(host);
  }
  // Makes a handle with `new`. Its constructor takes `made`, which JavaScript can't pass.
  Napi::Object Construct(Napi::Function constructor, void* made);
  void* TakeMade() { return std::exchange(made_, nullptr); }
  Napi::Function object_constructor() const { return object_constructor_.Value(); }
  Napi::Function pointer_constructor() const { return pointer_constructor_.Value(); }
  Napi::Function process_constructor() const { return process_constructor_.Value(); }
  Napi::Function thread_constructor() const { return thread_constructor_.Value(); }
  Napi::Function host_constructor() const { return host_constructor_.Value(); }

  // Threads. `done` is called when the thread was started, or when it has ended.
  std::shared_ptr<ComThread> StartThread(const ThreadOptions& options, Napi::Function done);
  // `overdue` is called, if it is a function, when the thread has not ended within its grace period.
  void CloseThread(const std::shared_ptr<ComThread>& thread, Napi::Function done, Napi::Value overdue);

  // Handles of COM objects, as long as they live.
  HandleId NewHandleId() { return HandleId{++last_handle_}; }
  void AddHandle(HandleId id, ObjectHandle* handle) { handles_[id] = handle; }
  void RemoveHandle(HandleId id) { handles_.erase(id); }
  // Calls the handle's onCancel. Does nothing when the handle is gone or JavaScript can't be entered.
  void NotifyCanceled(HandleId object, ULONG seconds);

  // Whether the worker is being terminated, so that JavaScript can no longer be entered. For a thread that
  // blocks.
  bool Terminating() const;

 private:
  struct Thread {
    std::shared_ptr<ComThread> thread;
    std::vector<CallbackId> closing;
    // The callbacks that are dropped when the thread has ended, each with the alarm that calls it.
    std::vector<std::pair<CallbackId, alarms::Alarm>> overdue;
  };

  explicit Environment(Napi::Env env) : env_(env), callbacks_(env), incoming_calls_(env) {}
  static void Wake(napi_env env, napi_value, void* context, void*) noexcept;
  // Nothing that it calls may enter JavaScript or throw: neither is possible any more.
  static void Teardown(void* context) noexcept;
  void DeliverAll();
  void Deliver(const message::JobDone& message);
  void Deliver(const message::JobOverdue& message);
  void Deliver(const message::Done& message);
  void Deliver(const message::ThreadEnded& message);
  void Deliver(const message::Canceled& message);
  void Deliver(const message::Incoming& message);
  void Deliver(const message::IncomingCanceled& message);
  void Deliver(const message::ImplementationReleased& message);
  void Deliver(const message::CallSignaled& message);
  void Deliver(const message::CallReleased& message);
  void Deliver(const message::HostStarted& message);
  void Deliver(const message::HostEnded& message);
  void Deliver(const message::Heartbeat& message);
  void CloseThreads();
  void CloseHosts();
  void RestoreThread();

  const Napi::Env env_;
  const std::shared_ptr<Outbox> outbox_ = std::make_shared<Outbox>();
  void* made_ = nullptr;
  Napi::FunctionReference object_constructor_;
  Napi::FunctionReference thread_constructor_;
  Napi::FunctionReference pointer_constructor_;
  Napi::FunctionReference process_constructor_;
  Napi::FunctionReference host_constructor_;
  Callbacks callbacks_;
  IncomingCalls incoming_calls_;
  ThreadComState com_state_;
  Watches watches_;
  std::uint64_t last_thread_ = 0;
  std::uint64_t last_handle_ = 0;
  std::unordered_map<ComThreadId, Thread> threads_;
  // Those that have started and not ended, by the callback for their end. A weak pointer: a host whose handle
  // was collected is closed.
  std::unordered_map<CallbackId, std::weak_ptr<hosting::HostProcess>> hosts_;
  std::unordered_map<HandleId, ObjectHandle*> handles_;
};

}  // namespace com_cancel
