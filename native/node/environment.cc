// One JavaScript environment: delivery of what threads have to tell it, and its end.
#include "node/environment.h"

#include <utility>

#include "automation/incoming_call.h"
#include "host/ole32.h"
#include "host/pump.h"
#include "node/js_call.h"
#include "node/object_handle.h"

namespace com_cancel {
namespace {

// How long an environment that goes away waits for the calls it gave up.
constexpr auto kLeavePatience = std::chrono::milliseconds(500);

}  // namespace

std::shared_ptr<Environment> Environment::Create(Napi::Env env) {
  std::shared_ptr<Environment> environment(new Environment(env));
  const napi_status made =
      napi_create_threadsafe_function(env, nullptr, nullptr, Napi::String::New(env, "com-cancel"), 0, 1,
                                      nullptr, nullptr, environment.get(), Wake, &environment->wake_);
  if (made != napi_ok) throw Napi::Error::New(env, "com-cancel: no thread-safe function to be had");
  napi_unref_threadsafe_function(env, environment->wake_);
  environment->outbox_->Open(environment->wake_);
  // Hooks run in reverse order: this one before the thread-safe function's own.
  napi_add_env_cleanup_hook(env, Teardown, environment.get());
  // Handles share the environment: their finalizers may run after the instance data's.
  env.SetInstanceData(new std::shared_ptr<Environment>(environment));
  return environment;
}

Environment& Environment::Of(Napi::Env env) { return **env.GetInstanceData<std::shared_ptr<Environment>>(); }

Environment::~Environment() = default;

Environment::Owed& Environment::OwedUnder(Key key, Napi::Function done) {
  if (owed_.empty()) napi_ref_threadsafe_function(env_, wake_);
  Owed& owed = owed_[key];
  owed.done = Napi::Persistent(done);
  return owed;
}

Key Environment::Owe(Napi::Function done) {
  const Key key = NewKey();
  OwedUnder(key, done);
  return key;
}

std::shared_ptr<ComThread> Environment::StartThread(const ThreadOptions& options, Napi::Function done) {
  const Key key = Owe(done);
  auto thread = ComThread::Start(options, outbox_, key);
  threads_[key].thread = thread;
  return thread;
}

Key Environment::QueueJob(const std::shared_ptr<ComThread>& thread, Job::Work work, Napi::Function done,
                          Wants wants) {
  const Key key = NewKey();
  auto job = std::make_shared<Job>(key, outbox_, std::move(work));
  Owed& owed = OwedUnder(key, done);
  owed.job = job;
  owed.wants = wants;
  thread->Queue(job);
  return key;
}

bool Environment::GiveUp(Key key) {
  const auto owed = owed_.find(key);
  if (owed == owed_.end()) return false;
  const auto job = owed->second.job.lock();
  return job && Job::GiveUp(job);
}

void Environment::CloseThread(const std::shared_ptr<ComThread>& thread, Napi::Function done) {
  const Key key = Owe(done);
  thread->Close();
  const auto entry = threads_.find(thread->key());
  if (entry == threads_.end())
    outbox_->Post({Message::Kind::kDone, key});
  else
    entry->second.closing.push_back(key);
}

void Environment::Wake(napi_env env, napi_value, void* context, void*) noexcept {
  // Without an environment the function is only emptying its queue.
  if (env) static_cast<Environment*>(context)->Deliver();
}

void Environment::Deliver() {
  const auto keep = shared_from_this();
  const Napi::HandleScope scope(env_);
  for (const Message& message : outbox_->Take()) {
    try {
      Deliver(message);
    } catch (const Napi::Error&) {
      // The worker is being terminated: there is no JavaScript left to be told, nor to take this exception.
    }
  }
}

void Environment::Deliver(const Message& message) {
  switch (message.kind) {
    case Message::Kind::kDone:
      return Fulfil(message);
    case Message::Kind::kCanceled:
      return NotifyCanceled(message.key, message.seconds);
    case Message::Kind::kThreadEnded: {
      const auto entry = threads_.find(message.key);
      if (entry == threads_.end()) return;
      const Thread ended = std::move(entry->second);
      threads_.erase(entry);
      for (const Key closing : ended.closing) Fulfil({Message::Kind::kDone, closing});
      return;
    }
    case Message::Kind::kIncoming:
      return Receive(message.incoming);
    case Message::Kind::kIncomingCanceled:
      return TellCanceled(message.key);
    case Message::Kind::kForgotten:
      implementations_.erase(message.key);
      return;
  }
}

void Environment::Fulfil(const Message& message) {
  const auto entry = owed_.find(message.key);
  if (entry == owed_.end()) return;
  const Napi::HandleScope scope(env_);
  const Owed owed = std::move(entry->second);
  owed_.erase(entry);
  if (owed_.empty()) napi_unref_threadsafe_function(env_, wake_);
  const Napi::Value done = owed.done.Value();
  const auto tell = [&](HRESULT hresult, const Outcome* outcome) {
    switch (owed.wants) {
      case Wants::kHresult:
        return Call(env_.Undefined(), done, {Napi::Number::New(env_, hresult)});
      case Wants::kOutcome:
        return Call(env_.Undefined(), done, {OutcomeTo(env_, hresult, outcome)});
    }
  };
  try {
    tell(message.hresult, message.outcome.get());
  } catch (const Napi::Error&) {
    // The outcome could not be made, as a string too long for JavaScript. The promise must settle all the
    // same.
    tell(E_OUTOFMEMORY, nullptr);
  }
}

Key Environment::KeepImplementation(Napi::Object implementation) {
  const Key key = NewKey();
  implementations_[key] = Napi::Persistent(implementation);
  return key;
}

void Environment::Receive(const std::shared_ptr<Incoming>& incoming) {
  const Napi::HandleScope scope(env_);
  const auto implementation = implementations_.find(incoming->implementation);
  if (implementation == implementations_.end()) return incoming->Refuse(RPC_E_DISCONNECTED);
  incoming_[incoming->key] = incoming;
  try {
    const Napi::Object object = implementation->second.Value();
    Call(object, object.Get("invoke"), {IncomingTo(env_, *incoming)});
  } catch (const Napi::Error&) {
    incoming_.erase(incoming->key);
    incoming->Refuse(E_OUTOFMEMORY);
  }
}

void Environment::TellCanceled(Key call) {
  const auto incoming = incoming_.find(call);
  if (incoming == incoming_.end()) return;
  const auto implementation = implementations_.find(incoming->second->implementation);
  if (implementation == implementations_.end()) return;
  const Napi::HandleScope scope(env_);
  const Napi::Object object = implementation->second.Value();
  Call(object, object.Get("canceled"), {Napi::Number::New(env_, static_cast<double>(call))});
}

void Environment::Answer(Key call, Napi::Value reply) {
  const auto entry = incoming_.find(call);
  if (entry == incoming_.end()) return;
  Reply answer = ReplyFrom(reply);
  const auto incoming = entry->second;
  incoming_.erase(entry);
  incoming->Answer(std::move(answer));
}

HRESULT Environment::TestIncoming(Key call) {
  const auto entry = incoming_.find(call);
  if (entry == incoming_.end()) return RPC_E_CALL_COMPLETE;
  return entry->second->canceled ? RPC_E_CALL_CANCELED : RPC_S_CALLPENDING;
}

// By Node-API's C functions: in an environment that is being terminated every call fails, and there an
// exception of C++ would find no JavaScript to become an exception of.
void Environment::Call(napi_value receiver, napi_value function,
                       std::initializer_list<napi_value> arguments) {
  napi_value result;
  if (napi_call_function(env_, receiver, function, arguments.size(), arguments.begin(), &result) == napi_ok)
    return;
  bool pending = false;
  napi_value error;
  if (napi_is_exception_pending(env_, &pending) == napi_ok && pending &&
      napi_get_and_clear_last_exception(env_, &error) == napi_ok)
    napi_fatal_exception(env_, error);
}

void Environment::NotifyCanceled(Key key, ULONG seconds) {
  // COM may ask from where no JavaScript runs, and so no scope is open.
  const Napi::HandleScope scope(env_);
  const auto entry = handles_.find(key);
  if (entry == handles_.end() || Leaving()) return;
  const Napi::Value on_cancel = entry->second->OnCancel();
  if (on_cancel.IsFunction()) Call(env_.Undefined(), on_cancel, {Napi::Number::New(env_, seconds)});
}

HRESULT Environment::InitializeEx(DWORD flags) {
  constexpr DWORD kKnown = COINIT_APARTMENTTHREADED | COINIT_DISABLE_OLE1DDE | COINIT_SPEED_OVER_MEMORY;
  if (flags & ~kKnown) return E_INVALIDARG;  // Wine lets unknown flags pass
  const HRESULT hr = Ole32::Get().InitializeEx(nullptr, flags);
  if (SUCCEEDED(hr)) ++initialized_;
  return hr;
}

HRESULT Environment::Uninitialize() {
  // Whoever hosts us may have initialized COM on this thread for himself: only what we did is ours to undo.
  if (initialized_ == 0) return CO_E_NOTINITIALIZED;
  --initialized_;
  Ole32::Get().Uninitialize();
  return S_OK;
}

HRESULT Environment::EnableCallCancellation(void* reserved) {
  const HRESULT hr = Ole32::Get().EnableCallCancellation(reserved);
  if (hr == S_OK) ++enabled_;
  return hr;
}

HRESULT Environment::DisableCallCancellation(void* reserved) {
  const HRESULT hr = Ole32::Get().DisableCallCancellation(reserved);
  if ((hr == S_OK || hr == CO_E_CANCEL_DISABLED) && enabled_ > 0)
    --enabled_;  // either reading, as in ole32.cc
  return hr;
}

HRESULT Environment::SetCancelObject(ObjectHandle* handle) {
  const HRESULT hr = Ole32::Get().SetCancelObject(handle ? handle->object() : nullptr);
  if (FAILED(hr)) return hr;
  if (handle)
    registered_.push_back(Napi::Persistent(handle->Value()));
  else if (!registered_.empty())
    registered_.pop_back();
  return hr;
}

HRESULT Environment::SwitchCallContext(ObjectHandle* handle, IUnknown** before) {
  const HRESULT hr = Ole32::Get().SwitchCallContext(handle ? handle->object() : nullptr, before);
  if (FAILED(hr)) return hr;
  // The caller gets a reference of its own, before the handle that kept the object alive lets go of it.
  if (*before) (*before)->AddRef();
  ObjectHandle* const left = std::exchange(context_handle_, handle);
  if (handle) {
    handle->Pin();
    context_ = Napi::Persistent(handle->Value());
  } else {
    context_.Reset();
  }
  if (left) left->Unpin();
  return hr;
}

bool Environment::Leaving() const {
  const Napi::HandleScope scope(env_);  // a long wait asks often
  // This does nothing but fail when the environment can't run JavaScript any more.
  napi_value coerced;
  return napi_coerce_to_bool(env_, Napi::Number::New(env_, 0), &coerced) != napi_ok;
}

void Environment::Teardown(void* context) noexcept {
  const auto environment = static_cast<Environment*>(context)->shared_from_this();
  const Napi::HandleScope scope(environment->env_);
  environment->outbox_->Close();
  for (const auto& [call, incoming] : environment->incoming_) incoming->Refuse(RPC_E_DISCONNECTED);
  environment->incoming_.clear();
  environment->LeaveThreads();
  environment->RestoreThread();
  environment->owed_.clear();
  environment->implementations_.clear();
  environment->object_constructor_.Reset();
  environment->thread_constructor_.Reset();
  environment->pointer_constructor_.Reset();
}

void Environment::LeaveThreads() {
  for (const auto& [key, entry] : threads_) entry.thread->Close();
  const auto until = Clock::now() + kLeavePatience;
  for (const auto& [key, entry] : threads_) {
    if (entry.thread->handle()) WaitAsInCall(entry.thread->handle(), MillisecondsUntil(until));
  }
  // Who still blocks now finishes alone: its thread holds all that it needs.
  threads_.clear();
}

void Environment::RestoreThread() {
  for (; !registered_.empty(); registered_.pop_back()) Ole32::Get().SetCancelObject(nullptr);
  if (context_handle_) {
    IUnknown* before = nullptr;
    if (SUCCEEDED(SwitchCallContext(nullptr, &before)) && before) before->Release();
  }
  // Handles are collected later than this, but their references belong to the apartment that may end here.
  for (const auto& [key, handle] : handles_) handle->Drop();
  for (; enabled_ > 0; --enabled_) Ole32::Get().DisableCallCancellation(nullptr);
  for (; initialized_ > 0; --initialized_) Ole32::Get().Uninitialize();
}

}  // namespace com_cancel
