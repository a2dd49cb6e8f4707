// A thread that carries out jobs, and the lock that says which job it is at.
#pragma once

#include <memory>
#include <vector>

#include "host/win.h"
#include "threads/job.h"

namespace com_cancel {

class Runner : public std::enable_shared_from_this<Runner> {
 public:
  // Made on the thread it stands for.
  Runner() = default;

  DWORD thread() const { return thread_; }

  // On its thread: carries out a job, unless it was dropped. Nests, when a call that comes in while a job's
  // own call is out has jobs of its own.
  void Execute(const std::shared_ptr<Job>& job);
  // CoCancelCall on the call this job is blocked in; E_NOINTERFACE when it is not the one being carried out.
  HRESULT Cancel(const Job& job, ULONG seconds);
  // Once, on whatever call the thread is blocked in.
  void CancelWhatever();

 private:
  const DWORD thread_ = GetCurrentThreadId();
  // Held exclusively while the thread changes its job, shared during an attempt to cancel one: so no attempt
  // hits another job's call. Never taken by JavaScript's thread.
  Lock lock_;
  std::vector<const Job*> jobs_;  // the innermost last
};

}  // namespace com_cancel
