// Job, one unit of work of a ComThread, and its state.
#pragma once

#include <atomic>
#include <functional>
#include <memory>

#include "host/alarms.h"
#include "host/win.h"
#include "threads/mailbox.h"

namespace com_cancel {

namespace hosting {
class HostProcess;
}
class Runner;

// The limits of a job, in milliseconds.
struct JobLimits {
  DWORD grace = 0;    // for how long a cancel is repeated at short intervals, and when the job is overdue
  DWORD timeout = 0;  // from when the job begins; 0: none
  DWORD queue_timeout = 0;  // from when it is queued; 0: none
  // The host process that is terminated when the job, canceled while it ran, has not ended `terminate_after`
  // later. May be null.
  std::shared_ptr<hosting::HostProcess> host = nullptr;
  DWORD terminate_after = 0;
};

class Job {
 public:
  // How a function ended: what its job posts to the mailbox.
  struct Result {
    HRESULT hresult = S_OK;
    std::unique_ptr<JobResult> result;
  };
  // Runs on the job's thread. `job` reports whether it was canceled.
  using Function = std::function<Result(const Job& job)>;

  // The mailbox gets exactly one PostJobDone. It may be null: then the end is not reported.
  Job(JobId id, std::shared_ptr<Mailbox> mailbox, Function function, const JobLimits& limits);
  ~Job();
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  JobId id() const { return id_; }
  bool over() const { return state_ == State::kOver; }
  bool canceled() const { return canceled_by_ != Canceler::kNone; }
  const JobLimits& limits() const { return limits_; }
  // The runner that runs or ran the job; null for a job that has not begun.
  std::shared_ptr<Runner> runner() const;

  // Starts the queue timeout. Called before the job is queued. Throws std::bad_alloc.
  static void StartQueueTimeout(const std::shared_ptr<Job>& job);
  // Ends a job that is still queued: it will never run. False when it runs or is over.
  bool Drop(HRESULT result, Canceler by);
  // For its runner: false when it was dropped.
  bool Begin(std::shared_ptr<Runner> runner);
  // For its runner, after Begin. The timeout counts from here.
  static void Run(const std::shared_ptr<Job>& job);

  // Drops a job that is queued, and returns true. Cancels the call of a job that runs, repeatedly, until the
  // job is over (C12), or until the call was found not cancelable (C3). The first cancel starts the grace
  // period, and the time after which the host process is terminated; `kClose` shortens that to the grace
  // period. Throws std::bad_alloc; the job is then not canceled.
  static bool Cancel(const std::shared_ptr<Job>& job, Canceler by = Canceler::kCancel);
  // Posts PostJobOverdue for a canceled job that is not over, the first time that it is called.
  void ReportOverdue();

  // Its server has rejected its call as busy, and the call will be made again. Called on the job's thread.
  void NoteRejected() const { rejected_at_ = Clock::now().time_since_epoch().count(); }

 private:
  enum class State { kQueued, kBeginning, kRunning, kOver };

  void End(Result result, bool started);
  // Each sets an alarm, and does nothing there for a job that is over.
  static alarms::Alarm TerminateAt(const std::shared_ptr<Job>& job, Clock::time_point when);
  static alarms::Alarm ReportOverdueAt(const std::shared_ptr<Job>& job, Clock::time_point when);
  Cancellation HowCanceled(bool started, bool busy) const;
  // Whether the server has rejected the call within the last half second.
  bool RejectedNow() const;

  const JobId id_;
  const std::shared_ptr<Mailbox> mailbox_;
  const JobLimits limits_;
  Function function_;
  std::shared_ptr<Runner> runner_;  // set once, before state_ becomes kRunning
  std::atomic<State> state_{State::kQueued};
  std::atomic<Canceler> canceled_by_{Canceler::kNone};
  std::atomic<bool> terminates_{false};  // the host process is being terminated for this job
  std::atomic<bool> overdue_{false};     // reported as overdue
  mutable std::atomic<Clock::rep> rejected_at_{0};
  // Set before the job is queued, canceled by the thread that ends it or begins it. Not for the alarm itself.
  alarms::Alarm queue_alarm_{};
};

}  // namespace com_cancel
