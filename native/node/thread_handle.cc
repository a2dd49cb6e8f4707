// ThreadHandle, a ComThread that JavaScript holds.
#include "node/thread_handle.h"

#include "automation/activation.h"
#include "automation/adopt.h"
#include "automation/implementation.h"
#include "automation/operation.h"
#include "host/pool.h"
#include "node/js_call.h"
#include "node/object_handle.h"
#include "node/pointer_handle.h"

using Microsoft::WRL::ComPtr;

namespace com_cancel {
Napi::Function ThreadHandle::Define(Napi::Env env) {
  return DefineClass(
      env, "BindingThread",
      {InstanceAccessor<&ThreadHandle::GetId>("id"), InstanceMethod<&ThreadHandle::Wait>("wait"),
       InstanceMethod<&ThreadHandle::Activate>("activate"), InstanceMethod<&ThreadHandle::Ask>("ask"),
       InstanceMethod<&ThreadHandle::Adopt>("adopt"), InstanceMethod<&ThreadHandle::Implement>("implement"),
       InstanceMethod<&ThreadHandle::Cancel>("cancel"), InstanceMethod<&ThreadHandle::Close>("close")});
}

Napi::Value ThreadHandle::Start(const Napi::CallbackInfo& info) {
  const auto options = info[0].As<Napi::Object>();
  ThreadOptions checked;
  checked.single_threaded = options.Get("apartment").As<Napi::String>().Utf8Value() == "sta";
  checked.call_cancellation = options.Get("callCancellation").As<Napi::Boolean>();
  checked.busy_retry = options.Get("busyRetry").As<Napi::Number>().Uint32Value();
  checked.grace = options.Get("grace").As<Napi::Number>().Uint32Value();
  Environment& environment = Environment::Of(info.Env());
  std::shared_ptr<ComThread> thread = environment.StartThread(checked, info[1].As<Napi::Function>());
  return environment.thread_constructor().New(
      {Napi::External<std::shared_ptr<ComThread>>::New(info.Env(), &thread)});
}

ThreadHandle::ThreadHandle(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  if (!info[0].IsExternal())
    throw Napi::TypeError::New(info.Env(), "BindingThread is made by startThread, not by new");
  thread_ = *info[0].As<Napi::External<std::shared_ptr<ComThread>>>().Data();
}

ThreadHandle::~ThreadHandle() {
  if (thread_) thread_->Retire();
}

Napi::Value ThreadHandle::GetId(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), thread_->id());
}

Napi::Value ThreadHandle::Wait(const Napi::CallbackInfo& info) {
  return Queue(
      info[1],
      [request = WaitRequestFrom(info[0])](const Job&) {
        return Job::Result{com_cancel::Wait(request), nullptr};
      },
      Callbacks::Kind::kDone);
}

Napi::Value ThreadHandle::Queue(Napi::Value done, Job::Function function, Callbacks::Kind kind) {
  Environment& environment = Environment::Of(done.Env());
  const auto job = environment.callbacks().AddJob(environment.outbox(), std::move(function),
                                                  thread_->options().grace, done.As<Napi::Function>(), kind);
  thread_->Queue(job);
  return Napi::Number::New(done.Env(), static_cast<double>(job->id()));
}

Napi::Value ThreadHandle::QueueCall(Napi::Value done, Call call) {
  return Queue(
      done,
      // The thread outlives its jobs.
      [thread = thread_.get(), function = std::move(call)](const Job& job) {
        auto outcome = function(*thread, job);
        const HRESULT hresult = outcome->hresult;
        return Job::Result{hresult, std::move(outcome)};
      },
      Callbacks::Kind::kReturned);
}

Napi::Value ThreadHandle::Activate(const Napi::CallbackInfo& info) {
  return QueueCall(info[1], [activation = ActivationFrom(info[0])](ComThread& thread, const Job&) {
    auto outcome = std::make_unique<Outcome>();
    ComPtr<IUnknown> object;
    outcome->hresult = com_cancel::Activate(activation, object);
    if (SUCCEEDED(outcome->hresult)) outcome->value = HoldAsValue(thread, object.Get());
    return outcome;
  });
}

Napi::Value ThreadHandle::Ask(const Napi::CallbackInfo& info) {
  return QueueCall(
      info[2], [object = PointerHandle::From(info[0]), operation = OperationFrom(info[1])](
                   ComThread& thread, const Job& job) { return CarryOut(thread, object, operation, job); });
}

Napi::Value ThreadHandle::Adopt(const Napi::CallbackInfo& info) {
  return QueueCall(info[1], [object = PointerHandle::From(info[0])](ComThread& thread, const Job& job) {
    return com_cancel::Adopt(thread, object, job);
  });
}

Napi::Value ThreadHandle::Implement(const Napi::CallbackInfo& info) {
  const auto implementation = info[0].As<Napi::Object>();
  Environment& environment = Environment::Of(info.Env());
  Implementation::Members members = MembersFrom(implementation.Get("members"));
  const IID iid = OptionalInterfaceIdFrom(implementation.Get("iid"));
  const ImplementationId id = environment.incoming_calls().Add(implementation);
  const auto object = TakeOver<IDispatch>(
      new com_cancel::Implementation(thread_, environment.outbox(), id, std::move(members), iid));
  return PointerHandle::Make(info.Env(), Hold(*thread_, object.Get()));
}

void ThreadHandle::Cancel(const Napi::CallbackInfo& info) {
  const ULONG seconds = info[0].As<Napi::Number>().Uint32Value();
  Environment& environment = Environment::Of(info.Env());
  const CallbackId done = environment.callbacks().Add(info[1].As<Napi::Function>());
  const auto outbox = environment.outbox();
  // The job that runs now: when the pool callback runs, the thread may be at the next one.
  const bool submitted = pool::Run([job = thread_->CurrentJob(), outbox, seconds, done] {
    outbox->PostDone(done, ComThread::Cancel(job, seconds));
  });
  if (!submitted) outbox->PostDone(done, E_OUTOFMEMORY);
}

void ThreadHandle::Close(const Napi::CallbackInfo& info) {
  Environment::Of(info.Env()).CloseThread(thread_, info[0].As<Napi::Function>());
}

WaitRequest WaitRequestFrom(Napi::Value value) {
  const auto object = value.As<Napi::Object>();
  WaitRequest request;
  request.milliseconds = object.Get("ms").As<Napi::Number>().Uint32Value();
  request.cancelable = object.Get("cancelable").As<Napi::Boolean>();
  return request;
}

}  // namespace com_cancel
