// Environment, one JavaScript environment: delivery of messages, and its end.
#include "node/environment.h"

#include <utility>

#include "host/call_scope.h"
#include "host/pump.h"
#include "node/call_function.h"
#include "node/host_handle.h"
#include "node/integer.h"
#include "node/object_handle.h"

namespace com_cancel {
namespace {

// How long an environment that ends waits for its threads, whose calls it has canceled.
constexpr auto kTeardownTimeout = std::chrono::milliseconds(500);

}  // namespace

std::shared_ptr<Environment> Environment::Create(Napi::Env env) {
  std::shared_ptr<Environment> environment(new Environment(env));
  napi_threadsafe_function wake = nullptr;
  const napi_status made =
      napi_create_threadsafe_function(env, nullptr, nullptr, Napi::String::New(env, "com-cancel"), 0, 1,
                                      nullptr, nullptr, environment.get(), Wake, &wake);
  if (made != napi_ok) throw Napi::Error::New(env, "com-cancel: Node-API made no thread-safe function");
  napi_unref_threadsafe_function(env, wake);
  environment->outbox_->Open(wake);
  // Hooks run in reverse order: this one before the thread-safe function's own.
  napi_add_env_cleanup_hook(env, Teardown, environment.get());
  // Handles share the environment: their finalizers may run after that of the instance data.
  env.SetInstanceData(new std::shared_ptr<Environment>(environment));
  return environment;
}

Environment& Environment::Of(Napi::Env env) { return **env.GetInstanceData<std::shared_ptr<Environment>>(); }

Environment::~Environment() = default;

Napi::Object Environment::Construct(Napi::Function constructor, void* made) {
  made_ = made;
  try {
    return constructor.New({});
  } catch (...) {
    made_ = nullptr;  // the constructor may not have been called
    throw;
  }
}

std::shared_ptr<ComThread> Environment::StartThread(const ThreadOptions& options, Napi::Function done) {
  const CallbackId started = callbacks_.Add(done);
  const ComThreadId number{++last_thread_};
  auto thread = ComThread::Start(options, outbox_, number, started);
  threads_[number].thread = thread;
  return thread;
}

void Environment::CloseThread(const std::shared_ptr<ComThread>& thread, Napi::Function done,
                              Napi::Value overdue) {
  const CallbackId closed = callbacks_.Add(done);
  const auto overdue_at = thread->OverdueWhenClosed();
  thread->Close();
  const auto entry = threads_.find(thread->number());
  if (entry == threads_.end()) {
    outbox_->PostDone(closed, S_OK);
    return;
  }
  entry->second.closing.push_back(closed);
  if (!overdue.IsFunction()) return;
  const CallbackId callback = callbacks_.Add(overdue.As<Napi::Function>());
  const auto alarm =
      alarms::Set(overdue_at, [outbox = outbox_, callback, weak = std::weak_ptr<ComThread>(thread)] {
        if (const auto late = weak.lock()) late->ReportOverdueJobs();
        outbox->PostDone(callback, S_OK);
      });
  entry->second.overdue.emplace_back(callback, alarm);
}

void Environment::Wake(napi_env env, napi_value, void* context, void*) noexcept {
  // Without an environment the thread-safe function only empties its queue.
  if (env) static_cast<Environment*>(context)->DeliverAll();
}

void Environment::DeliverAll() {
  const auto keep = shared_from_this();
  const Napi::HandleScope scope(env_);
  for (const Message& posted : outbox_->Take()) {
    try {
      std::visit([this](const auto& message) { Deliver(message); }, posted);
    } catch (const Napi::Error&) {
      // The worker is being terminated: no JavaScript is left to call, or to get this exception.
    }
  }
}

void Environment::Deliver(const message::JobDone& message) {
  callbacks_.CallJobDone(message.job, message.hresult, message.result.get(), message.cancellation);
}

void Environment::Deliver(const message::JobOverdue& message) {
  callbacks_.CallJobOverdue(message.job, message.cancellation);
}

void Environment::Deliver(const message::Done& message) {
  callbacks_.CallDone(message.callback, message.hresult);
}

void Environment::Deliver(const message::ThreadEnded& message) {
  const auto entry = threads_.find(message.thread);
  if (entry == threads_.end()) return;
  const Thread ended = std::move(entry->second);
  threads_.erase(entry);
  for (const auto& [overdue, alarm] : ended.overdue) {
    alarms::Cancel(alarm);
    callbacks_.Remove(overdue);
  }
  for (const CallbackId closed : ended.closing) callbacks_.CallDone(closed, S_OK);
}

void Environment::Deliver(const message::Canceled& message) {
  NotifyCanceled(message.object, message.seconds);
}

void Environment::Deliver(const message::Incoming& message) { incoming_calls_.Receive(message.call); }

void Environment::Deliver(const message::IncomingCanceled& message) {
  incoming_calls_.NotifyCanceled(message.call);
}

void Environment::Deliver(const message::ImplementationReleased& message) {
  incoming_calls_.Remove(message.implementation);
}

void Environment::Deliver(const message::CallSignaled& message) { callbacks_.CallSignaled(message.signaled); }

void Environment::Deliver(const message::CallReleased& message) { callbacks_.Remove(message.signaled); }

void Environment::Deliver(const message::HostStarted& message) {
  const Napi::HandleScope scope(env_);
  const Napi::FunctionReference done = callbacks_.Take(message.done);
  if (message.host)
    hosts_[message.ended] = message.host;
  else
    callbacks_.Remove(message.ended);
  CallFunction(env_, env_.Undefined(), done.Value(),
               {HostHandle::StartTo(*this, message.hresult, message.host, message.detail)});
}

void Environment::Deliver(const message::HostEnded& message) {
  const Napi::HandleScope scope(env_);
  hosts_.erase(message.ended);
  const Napi::FunctionReference ended = callbacks_.Take(message.ended);
  CallFunction(env_, env_.Undefined(), ended.Value(), {HostHandle::EndTo(env_, message.end)});
}

void Environment::Deliver(const message::Heartbeat& message) { watches_.Beat(env_, message.watchdog); }

void Environment::NotifyCanceled(HandleId object, ULONG seconds) {
  // COM may call from where no JavaScript runs, and so no scope is open.
  const Napi::HandleScope scope(env_);
  const auto entry = handles_.find(object);
  if (entry == handles_.end() || Terminating()) return;
  const Napi::Value on_cancel = entry->second->OnCancel();
  if (on_cancel.IsFunction()) CallFunction(env_, env_.Undefined(), on_cancel, {IntegerTo(env_, seconds)});
}

bool Environment::Terminating() const {
  const Napi::HandleScope scope(env_);  // a long wait calls this often
  // A call without an effect, which fails when the environment can't run JavaScript any more.
  napi_value coerced;
  return napi_coerce_to_bool(env_, IntegerTo(env_, 0), &coerced) != napi_ok;
}

void Environment::Teardown(void* context) noexcept {
  const auto environment = static_cast<Environment*>(context)->shared_from_this();
  const Napi::HandleScope scope(environment->env_);
  environment->outbox_->Close();
  environment->watches_.Close();
  environment->incoming_calls_.RejectAll();
  environment->CloseThreads();
  environment->CloseHosts();
  environment->RestoreThread();
  environment->callbacks_.Clear();
  environment->incoming_calls_.RemoveImplementations();
  environment->object_constructor_.Reset();
  environment->thread_constructor_.Reset();
  environment->pointer_constructor_.Reset();
  environment->process_constructor_.Reset();
  environment->host_constructor_.Reset();
}

void Environment::CloseThreads() {
  for (const auto& [number, entry] : threads_) entry.thread->Close();
  const auto until = Clock::now() + kTeardownTimeout;
  for (const auto& [number, entry] : threads_) {
    if (entry.thread->handle()) WaitAsInCall(entry.thread->handle(), MillisecondsUntil(until));
  }
  // References on objects whose canceled methods still run would be lost with the process.
  while (CallScope::MethodsLeft() && Clock::now() < until) PauseAsInCall(5);
  // A thread that still blocks is abandoned: it shares everything that it needs until it ends.
  threads_.clear();
}

void Environment::CloseHosts() {
  // After the threads, which have released their objects. A host that takes longer to end is terminated in
  // time, or ends with the process.
  std::vector<std::shared_ptr<hosting::HostProcess>> closed;
  for (const auto& [ended, weak] : hosts_) {
    if (const auto host = weak.lock()) closed.push_back(host);
  }
  for (const auto& host : closed) host->Close();
  const auto until = Clock::now() + kTeardownTimeout;
  for (const auto& host : closed) WaitAsInCall(host->handle(), MillisecondsUntil(until));
  hosts_.clear();
}

void Environment::RestoreThread() {
  com_state_.UnregisterObjects();
  // Handles are collected later, but their references belong to the apartment that may end here.
  for (const auto& [id, handle] : handles_) handle->Drop();
  com_state_.LeaveApartment();
}

}  // namespace com_cancel
