// ThreadHandle, a ComThread that JavaScript holds.
#include "node/thread_handle.h"

#include "automation/activation.h"
#include "automation/adopt.h"
#include "automation/implementation.h"
#include "automation/operation.h"
#include "host/pool.h"
#include "node/call_function.h"
#include "node/host_handle.h"
#include "node/integer.h"
#include "node/js_call.h"
#include "node/object_handle.h"
#include "node/pointer_handle.h"

using Microsoft::WRL::ComPtr;

namespace com_cancel {
namespace {

// 0 for undefined.
DWORD OptionalMilliseconds(Napi::Value value) {
  return value.IsNumber() ? value.As<Napi::Number>().Uint32Value() : 0;
}

}  // namespace

Napi::Function ThreadHandle::Define(Napi::Env env) {
  return DefineClass(
      env, kName,
      {Getter<&ThreadHandle::GetId>("id"), Method<&ThreadHandle::Wait>("wait"),
       Method<&ThreadHandle::Activate>("activate"), Method<&ThreadHandle::Ask>("ask"),
       Method<&ThreadHandle::Adopt>("adopt"), Method<&ThreadHandle::SetProxyBlanket>("setProxyBlanket"),
       Method<&ThreadHandle::Implement>("implement"), Method<&ThreadHandle::Cancel>("cancel"),
       Method<&ThreadHandle::Close>("close")});
}

Napi::Value ThreadHandle::Start(const Napi::CallbackInfo& info) {
  const auto options = info[0].As<Napi::Object>();
  ThreadOptions checked;
  checked.single_threaded = options.Get("apartment").As<Napi::String>().Utf8Value() == "sta";
  checked.call_cancellation = options.Get("callCancellation").As<Napi::Boolean>();
  checked.busy_retry = options.Get("busyRetry").As<Napi::Number>().Uint32Value();
  checked.grace = options.Get("grace").As<Napi::Number>().Uint32Value();
  Environment& environment = Environment::Of(info.Env());
  std::shared_ptr<ComThread> thread = environment.StartThread(checked, FunctionFrom(info[1]));
  return environment.Construct(environment.thread_constructor(), &thread);
}

ThreadHandle::ThreadHandle(const Napi::CallbackInfo& info)
    : Handle(info), thread_(Take<std::shared_ptr<ComThread>>(info)) {}

ThreadHandle::~ThreadHandle() {
  if (thread_) thread_->Retire();
}

Napi::Value ThreadHandle::GetId(const Napi::CallbackInfo& info) {
  return IntegerTo(info.Env(), thread_->id());
}

Napi::Value ThreadHandle::Wait(const Napi::CallbackInfo& info) {
  return Queue(
      info[1],
      [request = WaitRequestFrom(info[0])](const Job&) {
        return Job::Result{com_cancel::Wait(request), nullptr};
      },
      Callbacks::Kind::kDone, info[2]);
}

Napi::Value ThreadHandle::Queue(Napi::Value done, Job::Function function, Callbacks::Kind kind,
                                Napi::Value options) {
  Environment& environment = Environment::Of(done.Env());
  JobLimits limits;
  limits.grace = thread_->options().grace;
  Napi::Value overdue = done.Env().Undefined();
  if (options.IsObject()) {
    const auto object = options.As<Napi::Object>();
    limits.timeout = OptionalMilliseconds(object.Get("timeout"));
    limits.queue_timeout = OptionalMilliseconds(object.Get("queueTimeout"));
    overdue = object.Get("overdue");
    if (const Napi::Value terminate = object.Get("terminate"); terminate.IsObject()) {
      const auto termination = terminate.As<Napi::Object>();
      limits.host = HostHandle::HostFrom(termination.Get("host"));
      limits.terminate_after = OptionalMilliseconds(termination.Get("after"));
    }
  }
  const auto job = environment.callbacks().AddJob(environment.outbox(), std::move(function), limits,
                                                  FunctionFrom(done), kind, overdue);
  Job::StartQueueTimeout(job);
  thread_->Queue(job);
  return IntegerTo(done.Env(), job->id());
}

Napi::Value ThreadHandle::QueueCall(Napi::Value done, Call call, Napi::Value options) {
  return Queue(
      done,
      // The thread outlives its jobs.
      [thread = thread_.get(), function = std::move(call)](const Job& job) {
        auto outcome = function(*thread, job);
        const HRESULT hresult = outcome->hresult;
        return Job::Result{hresult, std::move(outcome)};
      },
      Callbacks::Kind::kReturned, options);
}

Napi::Value ThreadHandle::Activate(const Napi::CallbackInfo& info) {
  return QueueCall(
      info[1],
      [activation = ActivationFrom(info[0])](ComThread& thread, const Job& job) {
        auto outcome = std::make_unique<Outcome>();
        ComPtr<IUnknown> object;
        outcome->hresult = com_cancel::Activate(thread, activation, job, object, outcome->exception);
        if (SUCCEEDED(outcome->hresult)) outcome->value = HoldAsValue(thread, object.Get());
        return outcome;
      },
      info[2]);
}

Napi::Value ThreadHandle::Ask(const Napi::CallbackInfo& info) {
  return QueueCall(
      info[2],
      [object = PointerHandle::PointerFrom(info[0]), operation = OperationFrom(info[1])](
          ComThread& thread, const Job& job) { return CarryOut(thread, object, operation, job); },
      info[3]);
}

Napi::Value ThreadHandle::Adopt(const Napi::CallbackInfo& info) {
  return QueueCall(
      info[1],
      [object = PointerHandle::PointerFrom(info[0])](ComThread& thread, const Job& job) {
        return com_cancel::Adopt(thread, object, job);
      },
      info[2]);
}

Napi::Value ThreadHandle::SetProxyBlanket(const Napi::CallbackInfo& info) {
  return QueueCall(
      info[2],
      [object = PointerHandle::PointerFrom(info[0]), blanket = ProxyBlanketFrom(info[1])](ComThread& thread,
                                                                                          const Job& job) {
        return com_cancel::SetProxyBlanket(thread, object, blanket, job);
      },
      info[3]);
}

Napi::Value ThreadHandle::Implement(const Napi::CallbackInfo& info) {
  const auto implementation = info[0].As<Napi::Object>();
  Environment& environment = Environment::Of(info.Env());
  if (const Napi::Value key = implementation.Get("key"); key.IsNumber()) {
    const OwnObjectId known{static_cast<std::uint64_t>(key.As<Napi::Number>().Int64Value())};
    if (const auto object = thread_->own_objects().Find(known))
      return PointerHandle::Make(info.Env(), Hold(*thread_, object.Get()));
  }
  Implementation::Members members = MembersFrom(implementation.Get("members"));
  const IID iid = OptionalInterfaceIdFrom(implementation.Get("iid"));
  const Implementation::Interfaces interfaces = InterfacesFrom(implementation.Get("interfaces"));
  const ImplementationId id = environment.incoming_calls().Add(implementation);
  const auto object = TakeOver(
      new com_cancel::Implementation(thread_, environment.outbox(), id, std::move(members), iid, interfaces));
  implementation.Set("key", IntegerTo(info.Env(), object->own_id()));
  return PointerHandle::Make(info.Env(), Hold(*thread_, object.Get()));
}

Napi::Value ThreadHandle::Cancel(const Napi::CallbackInfo& info) {
  const ULONG seconds = info[0].As<Napi::Number>().Uint32Value();
  Environment& environment = Environment::Of(info.Env());
  const CallbackId done = environment.callbacks().Add(FunctionFrom(info[1]));
  const auto outbox = environment.outbox();
  // The job that runs now: when the pool callback runs, the thread may be at the next one.
  const bool submitted = pool::Run([job = thread_->CurrentJob(), outbox, seconds, done] {
    outbox->PostDone(done, ComThread::Cancel(job, seconds));
  });
  if (!submitted) outbox->PostDone(done, E_OUTOFMEMORY);
  return info.Env().Undefined();
}

Napi::Value ThreadHandle::Close(const Napi::CallbackInfo& info) {
  Environment::Of(info.Env()).CloseThread(thread_, FunctionFrom(info[0]), info[1]);
  return info.Env().Undefined();
}

WaitRequest WaitRequestFrom(Napi::Value value) {
  const auto object = value.As<Napi::Object>();
  WaitRequest request;
  request.milliseconds = object.Get("ms").As<Napi::Number>().Uint32Value();
  request.cancelable = object.Get("cancelable").As<Napi::Boolean>();
  return request;
}

}  // namespace com_cancel
