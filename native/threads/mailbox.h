// Mailbox, to which threads report what happens to their jobs and to themselves.
#pragma once

#include <cstdint>
#include <memory>

#include "host/win.h"

namespace com_cancel {

// Each kind of id is a type of its own. The environment that owns the mailbox gives them out.
enum class JobId : std::uint64_t {};       // binding.d.ts's JobId
enum class CallbackId : std::uint64_t {};  // a callback of an operation that is not a job
enum class ComThreadId : std::uint64_t {};

// binding.d.ts's Canceler; kNone for a job that nothing canceled.
enum class Canceler { kNone, kCancel, kTimeout, kQueueTimeout, kClose };

// binding.d.ts's Cancellation.
struct Cancellation {
  Canceler by = Canceler::kNone;
  bool started = false;
  bool busy = false;
  bool terminated = false;
};

// What a job returns besides its HRESULT. The rooms above derive from it.
class JobResult {
 public:
  JobResult() = default;
  JobResult(const JobResult&) = default;
  JobResult(JobResult&&) = default;
  JobResult& operator=(const JobResult&) = default;
  JobResult& operator=(JobResult&&) = default;
  virtual ~JobResult() = default;
};

// The members may be called from any thread, never block on JavaScript, and do nothing once the environment
// is gone: threads outlive it.
class Mailbox {
 public:
  virtual ~Mailbox() = default;

  // A job is over: once for each job. `result` may be null.
  virtual void PostJobDone(JobId job, HRESULT hresult, std::unique_ptr<JobResult> result,
                           const Cancellation& cancellation) = 0;
  // A canceled job has not ended within its grace period. At most once for a job, and not after PostJobDone,
  // unless the job ends at the same time.
  virtual void PostJobOverdue(JobId job, const Cancellation& cancellation) = 0;
  // Another operation is over.
  virtual void PostDone(CallbackId callback, HRESULT hresult) = 0;
  // A thread has ended, or could not be started: the last message about it.
  virtual void PostThreadEnded(ComThreadId thread) = 0;
};

}  // namespace com_cancel
