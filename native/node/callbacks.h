// Callbacks, the `done` functions of an environment's jobs and other operations.
#pragma once

#include <napi.h>

#include <memory>
#include <unordered_map>

#include "threads/job.h"
#include "threads/mailbox.h"

namespace com_cancel {

// For the environment's thread only. Does not keep the event loop alive: lib/calls/keep-alive.ts does.
class Callbacks {
 public:
  explicit Callbacks(napi_env env) : env_(env) {}

  // The type of a job's callback: binding.d.ts's Done or its Returned.
  enum class Kind { kDone, kReturned };

  CallbackId Add(Napi::Function done);
  // Removes a callback of Add and returns it; empty for one that was called.
  Napi::FunctionReference Take(CallbackId id);
  // Drops a callback of Add. Does nothing for one that was called.
  void Remove(CallbackId id);
  // `overdue`: a function, or undefined.
  std::shared_ptr<Job> AddJob(std::shared_ptr<Mailbox> mailbox, Job::Function function,
                              const JobLimits& limits, Napi::Function done, Kind kind, Napi::Value overdue);
  // Null for a job that is over.
  std::shared_ptr<Job> FindJob(JobId id) const;

  void CallDone(CallbackId id, HRESULT hresult);
  // Calls a callback of Add that may be called again.
  void CallSignaled(CallbackId id);
  void CallJobDone(JobId id, HRESULT hresult, const JobResult* result, const Cancellation& cancellation);
  // Does nothing for a job that is over, or has no callback for this.
  void CallJobOverdue(JobId id, const Cancellation& cancellation);

  // Drops all callbacks. Does not enter JavaScript.
  void Clear();

 private:
  struct JobCallback {
    Napi::FunctionReference done;
    Napi::FunctionReference overdue;  // may be empty
    Kind kind;
    std::weak_ptr<Job> job;
  };

  const Napi::Env env_;
  std::uint64_t last_id_ = 0;
  std::unordered_map<CallbackId, Napi::FunctionReference> callbacks_;
  std::unordered_map<JobId, JobCallback> jobs_;
};

}  // namespace com_cancel
