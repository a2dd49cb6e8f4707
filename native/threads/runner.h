// Runner, a thread that runs jobs, and the lock that says which job it runs.
#pragma once

#include <memory>
#include <vector>

#include "host/win.h"
#include "threads/job.h"

namespace com_cancel {

class Runner : public std::enable_shared_from_this<Runner> {
 public:
  // Created on the thread that it stands for.
  Runner() = default;

  DWORD thread() const { return thread_; }

  // On its thread: runs a job, unless it was dropped. Nests: an incoming call that is served while the call
  // of a job blocks may run further jobs.
  void Execute(const std::shared_ptr<Job>& job);
  // CoCancelCall on the call that this job is blocked in. E_NOINTERFACE when another job runs, or none.
  HRESULT Cancel(const Job& job, ULONG seconds);
  // CoCancelCall, once, on any call that the thread is blocked in.
  void CancelAnyCall();

 private:
  const DWORD thread_ = GetCurrentThreadId();
  // Held exclusively while the thread changes its job, shared during an attempt to cancel one: so no attempt
  // hits the call of another job (C12, C15). A JavaScript thread never takes it.
  Lock lock_;
  std::vector<const Job*> jobs_;  // the innermost last
};

}  // namespace com_cancel
