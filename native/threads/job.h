// Job, one unit of work of a ComThread, and its state.
#pragma once

#include <atomic>
#include <functional>
#include <memory>

#include "host/win.h"
#include "threads/mailbox.h"

namespace com_cancel {

class Runner;

class Job {
 public:
  // How a function ended: what its job posts to the mailbox.
  struct Result {
    HRESULT hresult = S_OK;
    std::unique_ptr<JobResult> result;
  };
  // Runs on the job's thread. `job` reports whether it was canceled.
  using Function = std::function<Result(const Job& job)>;

  // The mailbox gets exactly one PostJobDone. It may be null: then the end is not reported. `grace`: for how
  // many milliseconds a cancel is repeated at short intervals.
  Job(JobId id, std::shared_ptr<Mailbox> mailbox, Function function, DWORD grace);
  ~Job();
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  JobId id() const { return id_; }
  bool over() const { return state_ == State::kOver; }
  bool canceled() const { return canceled_; }
  // The runner that runs or ran the job; null for a job that has not begun.
  std::shared_ptr<Runner> runner() const;

  // Ends a job that is still queued: it will never run. False when it runs or is over.
  bool Drop(HRESULT result);
  // For its runner: false when it was dropped.
  bool Begin(std::shared_ptr<Runner> runner);
  // For its runner, after Begin.
  void Run();

  // Drops a job that is queued, and returns true. Cancels the call of a job that runs, repeatedly, until the
  // job is over (C12), or until the call was found not cancelable (C3).
  static bool Cancel(const std::shared_ptr<Job>& job);

 private:
  enum class State { kQueued, kBeginning, kRunning, kOver };

  void End(Result result);

  const JobId id_;
  const std::shared_ptr<Mailbox> mailbox_;
  const DWORD grace_;
  Function function_;
  std::shared_ptr<Runner> runner_;  // set once, before state_ becomes kRunning
  std::atomic<State> state_{State::kQueued};
  std::atomic<bool> canceled_{false};
};

}  // namespace com_cancel
