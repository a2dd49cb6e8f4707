// Callbacks, the `done` functions of an environment's jobs and other operations.
#include "node/callbacks.h"

#include <utility>

#include "node/call_function.h"
#include "node/integer.h"
#include "node/js_call.h"

namespace com_cancel {

CallbackId Callbacks::Add(Napi::Function done) {
  const CallbackId id{++last_id_};
  callbacks_[id] = Napi::Persistent(done);
  return id;
}

void Callbacks::Remove(CallbackId id) { callbacks_.erase(id); }

std::shared_ptr<Job> Callbacks::AddJob(std::shared_ptr<Mailbox> mailbox, Job::Function function,
                                       const JobLimits& limits, Napi::Function done, Kind kind,
                                       Napi::Value overdue) {
  const JobId id{++last_id_};
  auto job = std::make_shared<Job>(id, std::move(mailbox), std::move(function), limits);
  jobs_[id] = {
      Napi::Persistent(done),
      overdue.IsFunction() ? Napi::Persistent(overdue.As<Napi::Function>()) : Napi::FunctionReference(), kind,
      job};
  return job;
}

std::shared_ptr<Job> Callbacks::FindJob(JobId id) const {
  const auto entry = jobs_.find(id);
  return entry == jobs_.end() ? nullptr : entry->second.job.lock();
}

Napi::FunctionReference Callbacks::Take(CallbackId id) {
  const auto entry = callbacks_.find(id);
  if (entry == callbacks_.end()) return {};
  Napi::FunctionReference taken = std::move(entry->second);
  callbacks_.erase(entry);
  return taken;
}

void Callbacks::CallDone(CallbackId id, HRESULT hresult) {
  const Napi::HandleScope scope(env_);
  const Napi::FunctionReference done = Take(id);
  if (done.IsEmpty()) return;
  CallFunction(env_, env_.Undefined(), done.Value(), {IntegerTo(env_, hresult)});
}

void Callbacks::CallSignaled(CallbackId id) {
  const Napi::HandleScope scope(env_);
  const auto entry = callbacks_.find(id);
  if (entry != callbacks_.end()) CallFunction(env_, env_.Undefined(), entry->second.Value(), {});
}

void Callbacks::CallJobDone(JobId id, HRESULT hresult, const JobResult* result,
                            const Cancellation& cancellation) {
  const auto entry = jobs_.find(id);
  if (entry == jobs_.end()) return;
  const Napi::HandleScope scope(env_);
  const JobCallback callback = std::move(entry->second);
  jobs_.erase(entry);
  const Napi::Value done = callback.done.Value();
  const Napi::Value canceled = CancellationTo(env_, cancellation);
  const auto call = [&](HRESULT hr, const Outcome* outcome) {
    switch (callback.kind) {
      case Kind::kDone:
        return CallFunction(env_, env_.Undefined(), done, {IntegerTo(env_, hr), canceled});
      case Kind::kReturned:
        return CallFunction(env_, env_.Undefined(), done, {OutcomeTo(env_, hr, outcome), canceled});
    }
  };
  try {
    // Every JobResult is an Outcome: no other class derives from it.
    call(hresult, static_cast<const Outcome*>(result));
  } catch (const Napi::Error&) {
    // The outcome could not be converted, such as a string too long for JavaScript. The promise must settle
    // all the same.
    call(E_OUTOFMEMORY, nullptr);
  }
}

void Callbacks::CallJobOverdue(JobId id, const Cancellation& cancellation) {
  const auto entry = jobs_.find(id);
  if (entry == jobs_.end() || entry->second.overdue.IsEmpty()) return;
  const Napi::HandleScope scope(env_);
  const Napi::Value overdue = entry->second.overdue.Value();
  CallFunction(env_, env_.Undefined(), overdue, {CancellationTo(env_, cancellation)});
}

void Callbacks::Clear() {
  callbacks_.clear();
  jobs_.clear();
}

}  // namespace com_cancel
