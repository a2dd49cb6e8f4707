// A ComThread as JavaScript holds it.
#include "thread_handle.h"

#include "environment.h"
#include "pool.h"

namespace com_cancel {

Napi::Function ThreadHandle::Define(Napi::Env env) {
  return DefineClass(
      env, "BindingThread",
      {InstanceAccessor<&ThreadHandle::GetId>("id"), InstanceMethod<&ThreadHandle::Wait>("wait"),
       InstanceMethod<&ThreadHandle::Cancel>("cancel"), InstanceMethod<&ThreadHandle::Close>("close")});
}

Napi::Value ThreadHandle::Start(const Napi::CallbackInfo& info) {
  const auto options = info[0].As<Napi::Object>();
  ThreadOptions checked;
  checked.single_threaded = options.Get("apartment").As<Napi::String>().Utf8Value() == "sta";
  checked.call_cancellation = options.Get("callCancellation").As<Napi::Boolean>();
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
  const WaitOptions options = WaitOptionsFrom(info[0]);
  const Key job =
      Environment::Of(info.Env())
          .QueueJob(
              thread_, [options] { return com_cancel::Wait(options); }, info[1].As<Napi::Function>());
  return Napi::Number::New(info.Env(), static_cast<double>(job));
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

WaitOptions WaitOptionsFrom(Napi::Value value) {
  const auto object = value.As<Napi::Object>();
  WaitOptions options;
  options.milliseconds = object.Get("ms").As<Napi::Number>().Uint32Value();
  options.cancelable = object.Get("cancelable").As<Napi::Boolean>();
  return options;
}

}  // namespace com_cancel
