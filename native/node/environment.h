// One JavaScript environment (the main thread or a worker): what it is owed, what it did to its thread's COM
// state.
#pragma once

#include <napi.h>

#include <initializer_list>
#include <memory>
#include <unordered_map>
#include <vector>

#include "host/win.h"
#include "node/outbox.h"
#include "threads/com_thread.h"
#include "threads/job.h"

namespace com_cancel {

class ObjectHandle;
struct Incoming;

// Used on its own thread only, but for the outbox. When the environment goes away (the process exits, the
// worker is terminated) its threads are closed, what they still block in is left to finish alone, and the
// thread's COM state is put back as it was found.
class Environment : public std::enable_shared_from_this<Environment> {
 public:
  static std::shared_ptr<Environment> Create(Napi::Env env);
  static Environment& Of(Napi::Env env);
  ~Environment();

  Napi::Env env() const { return env_; }
  const std::shared_ptr<Outbox>& outbox() const { return outbox_; }

  void SetConstructors(Napi::Function object, Napi::Function thread, Napi::Function pointer) {
    object_constructor_ = Napi::Persistent(object);
    pointer_constructor_ = Napi::Persistent(pointer);
    thread_constructor_ = Napi::Persistent(thread);
  }
  Napi::Function object_constructor() const { return object_constructor_.Value(); }
  Napi::Function pointer_constructor() const { return pointer_constructor_.Value(); }
  Napi::Function thread_constructor() const { return thread_constructor_.Value(); }

  // How a callback wants its kDone: the HRESULT alone, binding.d.ts's CallOutcome, or an HRESULT and an
  // EventSource.
  enum class Wants { kHresult, kOutcome };

  // A callback that is owed one kDone under the returned key; until then the event loop stays alive.
  Key Owe(Napi::Function done);
  Key NewKey() { return ++last_key_; }

  // Threads and their jobs.
  std::shared_ptr<ComThread> StartThread(const ThreadOptions& options, Napi::Function done);
  Key QueueJob(const std::shared_ptr<ComThread>& thread, Job::Work work, Napi::Function done, Wants wants);
  bool GiveUp(Key job);
  // `done` is called when the thread has ended.
  void CloseThread(const std::shared_ptr<ComThread>& thread, Napi::Function done);

  // What JavaScript implements: kept until nobody holds the COM object any more (kForgotten).
  Key KeepImplementation(Napi::Object implementation);
  void Answer(Key call, Napi::Value reply);
  HRESULT TestIncoming(Key call);

  // Handles of COM objects, as long as they live.
  void AddHandle(Key key, ObjectHandle* handle) { handles_[key] = handle; }
  void RemoveHandle(Key key) { handles_.erase(key); }
  // Tells the handle's onCancel; nothing happens when the handle is gone or JavaScript can't be entered.
  void NotifyCanceled(Key key, ULONG seconds);

  // COM state of this thread that this environment has changed.
  HRESULT InitializeEx(DWORD flags);
  HRESULT Uninitialize();
  HRESULT EnableCallCancellation(void* reserved);
  HRESULT DisableCallCancellation(void* reserved);
  HRESULT SetCancelObject(ObjectHandle* handle);
  HRESULT SwitchCallContext(ObjectHandle* handle, IUnknown** before);

  // Whether JavaScript can no longer be entered: the worker is being terminated. For a thread that blocks.
  bool Leaving() const;

 private:
  struct Owed {
    Napi::FunctionReference done;
    Wants wants = Wants::kHresult;
    std::weak_ptr<Job> job;  // none for other operations
  };
  struct Thread {
    std::shared_ptr<ComThread> thread;
    std::vector<Key> closing;
  };

  explicit Environment(Napi::Env env) : env_(env) {}
  static void Wake(napi_env env, napi_value, void* context, void*) noexcept;
  // Nothing below it enters JavaScript or throws: neither is possible any more.
  static void Teardown(void* context) noexcept;
  void Deliver();
  void Deliver(const Message& message);
  void Fulfil(const Message& message);
  void Receive(const std::shared_ptr<Incoming>& incoming);
  void TellCanceled(Key call);
  void Call(napi_value receiver, napi_value function, std::initializer_list<napi_value> arguments);
  void LeaveThreads();
  void RestoreThread();
  Owed& OwedUnder(Key key, Napi::Function done);

  const Napi::Env env_;
  const std::shared_ptr<Outbox> outbox_ = std::make_shared<Outbox>();
  napi_threadsafe_function wake_ = nullptr;
  Napi::FunctionReference object_constructor_;
  Napi::FunctionReference thread_constructor_;
  Napi::FunctionReference pointer_constructor_;
  Key last_key_ = 0;
  std::unordered_map<Key, Owed> owed_;
  std::unordered_map<Key, Thread> threads_;
  std::unordered_map<Key, ObjectHandle*> handles_;
  std::unordered_map<Key, Napi::ObjectReference> implementations_;
  std::unordered_map<Key, std::shared_ptr<Incoming>> incoming_;  // not yet answered

  unsigned initialized_ = 0;
  unsigned enabled_ = 0;
  // Keeps the handles of registered cancel objects from being collected, and with them their onCancel.
  std::vector<Napi::ObjectReference> registered_;
  // CoSwitchCallContext takes no reference (S5): the handle must not go before the context does.
  Napi::ObjectReference context_;
  ObjectHandle* context_handle_ =
      nullptr;  // context_'s: an environment that ends can't ask JavaScript for it
};

}  // namespace com_cancel
