// A ComThread as JavaScript holds it.
#include "node/thread_handle.h"

#include "automation/adopt.h"
#include "automation/dispatch.h"
#include "automation/events.h"
#include "automation/implementation.h"
#include "host/pool.h"
#include "node/js_call.h"
#include "node/object_handle.h"
#include "node/pointer_handle.h"
#include "threads/busy.h"

using Microsoft::WRL::ComPtr;

namespace com_cancel {
namespace {

// What comes of a pointer that JavaScript has released.
std::unique_ptr<Outcome> Released() {
  auto outcome = std::make_unique<Outcome>();
  outcome->hresult = RPC_E_DISCONNECTED;
  return outcome;
}

// What a thread does with an object of its apartment.
using Operation =
    std::function<std::unique_ptr<Outcome>(ComThread& thread, const Pointer& object, const Job& job)>;

Operation EventsOperation(const IID& iid) {
  return [iid](ComThread& thread, const Pointer& object, const Job& job) {
    auto outcome = std::make_unique<Outcome>();
    ComPtr<IUnknown> unknown;
    outcome->hresult = ComThread::Resolve(object, IID_PPV_ARGS(&unknown));
    EventSource events;
    if (SUCCEEDED(outcome->hresult))
      outcome->hresult = AskAgainWhileBusy(
          thread, job, [&] { return FindEvents(unknown.Get(), iid == GUID_NULL ? nullptr : &iid, events); });
    if (SUCCEEDED(outcome->hresult)) outcome->events = std::move(events);
    return outcome;
  };
}

Operation AdviseOperation(const IID& iid, std::shared_ptr<Pointer> sink) {
  return [iid, sink = std::move(sink)](ComThread& thread, const Pointer& object, const Job& job) {
    if (!sink) return Released();
    auto outcome = std::make_unique<Outcome>();
    ComPtr<IUnknown> source;
    ComPtr<IUnknown> target;
    DWORD cookie = 0;
    outcome->hresult = ComThread::Resolve(object, IID_PPV_ARGS(&source));
    if (SUCCEEDED(outcome->hresult)) outcome->hresult = ComThread::Resolve(*sink, IID_PPV_ARGS(&target));
    if (SUCCEEDED(outcome->hresult))
      outcome->hresult =
          AskAgainWhileBusy(thread, job, [&] { return Advise(source.Get(), iid, target.Get(), cookie); });
    if (SUCCEEDED(outcome->hresult)) outcome->value = Value{ValueType::kUi4, std::int64_t{cookie}};
    return outcome;
  };
}

Operation UnadviseOperation(const IID& iid, DWORD cookie) {
  return [iid, cookie](ComThread& thread, const Pointer& object, const Job& job) {
    auto outcome = std::make_unique<Outcome>();
    ComPtr<IUnknown> source;
    outcome->hresult = ComThread::Resolve(object, IID_PPV_ARGS(&source));
    if (SUCCEEDED(outcome->hresult))
      outcome->hresult = AskAgainWhileBusy(thread, job, [&] { return Unadvise(source.Get(), iid, cookie); });
    return outcome;
  };
}

// binding.d.ts's Operation.
Operation OperationFrom(Napi::Value value) {
  const auto object = value.As<Napi::Object>();
  const std::string kind = object.Get("kind").As<Napi::String>().Utf8Value();
  if (kind == "look-up")
    return [member = object.Get("member").As<Napi::String>().Utf16Value()](
               ComThread& thread, const Pointer& target, const Job& job) {
      return LookUp(thread, target, member, job);
    };
  if (kind == "next")
    return [count = object.Get("count").As<Napi::Number>().Uint32Value()](
               ComThread& thread, const Pointer& target, const Job& job) {
      return Next(thread, target, count, job);
    };
  if (kind == "events") return EventsOperation(OptionalInterfaceIdFrom(object.Get("iid")));
  if (kind == "advise")
    return AdviseOperation(InterfaceIdFrom(object.Get("iid")), PointerHandle::From(object.Get("sink")));
  if (kind == "unadvise")
    return UnadviseOperation(InterfaceIdFrom(object.Get("iid")),
                             object.Get("cookie").As<Napi::Number>().Uint32Value());
  return [invocation = InvocationFrom(value)](ComThread& thread, const Pointer& target, const Job& job) {
    return Invoke(thread, target, invocation, job);
  };
}

}  // namespace

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
  const WaitRequest options = WaitRequestFrom(info[0]);
  const Key job = Environment::Of(info.Env())
                      .QueueJob(
                          thread_,
                          [options](const Job& job) {
                            return Message(Message::Kind::kDone, job.key(), com_cancel::Wait(options));
                          },
                          info[1].As<Napi::Function>(), Environment::Wants::kHresult);
  return Napi::Number::New(info.Env(), static_cast<double>(job));
}

Napi::Value ThreadHandle::Queue(Napi::Value done, Call call) {
  const Key job = Environment::Of(done.Env())
                      .QueueJob(
                          thread_,
                          // The thread outlives its jobs.
                          [thread = thread_.get(), call = std::move(call)](const Job& job) {
                            return Message(job.key(), call(*thread, job));
                          },
                          done.As<Napi::Function>(), Environment::Wants::kOutcome);
  return Napi::Number::New(done.Env(), static_cast<double>(job));
}

Napi::Value ThreadHandle::Activate(const Napi::CallbackInfo& info) {
  return Queue(info[1], [activation = ActivationFrom(info[0])](ComThread& thread, const Job&) {
    auto outcome = std::make_unique<Outcome>();
    ComPtr<IUnknown> object;
    outcome->hresult = com_cancel::Activate(activation, object);
    if (SUCCEEDED(outcome->hresult)) outcome->value = PointerValue(thread, object.Get());
    return outcome;
  });
}

Napi::Value ThreadHandle::Ask(const Napi::CallbackInfo& info) {
  return Queue(info[2], [object = PointerHandle::From(info[0]), operation = OperationFrom(info[1])](
                            ComThread& thread, const Job& job) {
    return object ? operation(thread, *object, job) : Released();
  });
}

Napi::Value ThreadHandle::Adopt(const Napi::CallbackInfo& info) {
  return Queue(info[1], [object = PointerHandle::From(info[0])](ComThread& thread, const Job& job) {
    return object ? com_cancel::Adopt(thread, object, job) : Released();
  });
}

Napi::Value ThreadHandle::Implement(const Napi::CallbackInfo& info) {
  const auto implementation = info[0].As<Napi::Object>();
  Environment& environment = Environment::Of(info.Env());
  Implementation::Members members = MembersFrom(implementation.Get("members"));
  const IID iid = OptionalInterfaceIdFrom(implementation.Get("iid"));
  const Key key = environment.KeepImplementation(implementation);
  const auto object = TakeOver<IDispatch>(
      new com_cancel::Implementation(thread_, environment.outbox(), key, std::move(members), iid));
  return PointerHandle::Make(info.Env(), thread_->Adopt(object.Get()));
}

void ThreadHandle::Cancel(const Napi::CallbackInfo& info) {
  const ULONG seconds = info[0].As<Napi::Number>().Uint32Value();
  Environment& environment = Environment::Of(info.Env());
  const Key done = environment.Owe(info[1].As<Napi::Function>());
  const auto outbox = environment.outbox();
  // The job of this moment: when the pool comes to it, the thread may be at the next one.
  const bool submitted = pool::Run([thread = thread_, job = thread_->Current(), outbox, seconds, done] {
    outbox->Post({Message::Kind::kDone, done, thread->Cancel(job, seconds)});
  });
  if (!submitted) outbox->Post({Message::Kind::kDone, done, E_OUTOFMEMORY});
}

void ThreadHandle::Close(const Napi::CallbackInfo& info) {
  Environment::Of(info.Env()).CloseThread(thread_, info[0].As<Napi::Function>());
}

WaitRequest WaitRequestFrom(Napi::Value value) {
  const auto object = value.As<Napi::Object>();
  WaitRequest options;
  options.milliseconds = object.Get("ms").As<Napi::Number>().Uint32Value();
  options.cancelable = object.Get("cancelable").As<Napi::Boolean>();
  return options;
}

}  // namespace com_cancel
