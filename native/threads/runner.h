// Runner, a thread that runs jobs and releases pointers, and the lock that guards what it is doing.
#pragma once

#include <wrl/client.h>

#include <functional>
#include <memory>

#include "host/win.h"
#include "threads/job.h"

namespace com_cancel {

// What the thread does is a stack of levels: an incoming call that is served while the call of a level blocks
// may begin a further level.
class Runner : public std::enable_shared_from_this<Runner> {
 public:
  // Created on the thread that it stands for.
  Runner() = default;
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  DWORD thread() const { return thread_; }

  // On its thread: runs a job, unless it was dropped.
  void Execute(const std::shared_ptr<Job>& job);
  // On its thread: releases a pointer, which may be a call. Cancels of jobs do not reach it.
  void Release(Microsoft::WRL::ComPtr<IUnknown> object);
  // On its thread: runs a function that may make calls. Cancels of jobs do not reach them.
  void RunOutsideJobs(const std::function<void()>& function);

  // Cancels the call that this job is blocked in, once. E_NOINTERFACE when the job does not run, has no call
  // with a cancel object, or its calls can't be told from those around it.
  HRESULT Cancel(const Job& job, ULONG seconds);
  // Cancels a release, or other work outside jobs, that blocks the thread for kLongestRelease. E_NOINTERFACE
  // when there is none.
  HRESULT CancelLongRelease();

  // On its thread: the call that the thread makes was rejected by a busy server, and will be made again.
  void NoteRejected() const;
  // On its thread: whether the call that the thread makes is that of a canceled job.
  bool IsCallCanceled() const;

 private:
  class Level;

  const DWORD thread_ = GetCurrentThreadId();
  // Held exclusively while the thread changes its levels, shared during an attempt to cancel: so no attempt
  // reaches the call of another level (C12, C15). A JavaScript thread never takes it.
  Lock lock_;
  Level* innermost_ = nullptr;
};

}  // namespace com_cancel
