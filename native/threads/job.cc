// Job, one unit of work of a ComThread.
#include "threads/job.h"

#include <algorithm>
#include <new>

#include "host/counters.h"
#include "host/pool.h"
#include "hosting/host_process.h"
#include "threads/busy.h"
#include "threads/runner.h"

namespace com_cancel {

Job::Job(JobId id, std::shared_ptr<Mailbox> mailbox, Function function, const JobLimits& limits)
    : id_(id), mailbox_(std::move(mailbox)), limits_(limits), function_(std::move(function)) {
  ++counters::jobs;
}

Job::~Job() { Drop(E_UNEXPECTED, Canceler::kNone); }

void Job::StartQueueTimeout(const std::shared_ptr<Job>& job) {
  if (job->limits_.queue_timeout == 0) return;
  const auto ends = Clock::now() + std::chrono::milliseconds(job->limits_.queue_timeout);
  job->queue_alarm_ = alarms::Set(ends, [weak = std::weak_ptr<Job>(job)] {
    if (const auto queued = weak.lock()) queued->Drop(RPC_E_CALL_CANCELED, Canceler::kQueueTimeout);
  });
}

bool Job::Drop(HRESULT result, Canceler by) {
  State queued = State::kQueued;
  if (!state_.compare_exchange_strong(queued, State::kOver)) return false;
  canceled_by_ = by;
  // An alarm that rings may come before StartQueueTimeout has stored it.
  if (by != Canceler::kQueueTimeout) alarms::Cancel(queue_alarm_);
  End({result, nullptr}, false);
  return true;
}

bool Job::Begin(std::shared_ptr<Runner> runner) {
  State queued = State::kQueued;
  if (!state_.compare_exchange_strong(queued, State::kBeginning)) return false;
  alarms::Cancel(queue_alarm_);
  runner_ = std::move(runner);
  state_ = State::kRunning;
  return true;
}

void Job::Run(const std::shared_ptr<Job>& job) {
  Result result{E_UNEXPECTED, nullptr};
  alarms::Alarm timeout;
  try {
    if (job->limits_.timeout != 0) {
      const auto ends = Clock::now() + std::chrono::milliseconds(job->limits_.timeout);
      timeout = alarms::Set(ends, [weak = std::weak_ptr<Job>(job)] {
        if (const auto running = weak.lock()) Cancel(running, Canceler::kTimeout);
      });
    }
    result = job->function_(*job);
  } catch (const std::bad_alloc&) {
    result.hresult = E_OUTOFMEMORY;
  } catch (...) {
    // The failure of one job must not end the thread.
  }
  alarms::Cancel(timeout);
  job->function_ = nullptr;  // what it holds may belong to the apartment, and is released here
  job->state_ = State::kOver;
  job->End(std::move(result), true);
}

void Job::End(Result result, bool started) {
  --counters::jobs;
  if (!mailbox_) return;
  const bool busy = started && (IsBusy(result.hresult) || RejectedNow());
  mailbox_->PostJobDone(id_, result.hresult, std::move(result.result), HowCanceled(started, busy));
}

Cancellation Job::HowCanceled(bool started, bool busy) const {
  return {canceled_by_, started, busy, terminates_ && limits_.host->terminated()};
}

bool Job::RejectedNow() const {
  // COM repeats a rejected call after 100 ms, and does not report when the server accepts it. A rejection
  // therefore counts only for a short time.
  constexpr auto kCounts = std::chrono::milliseconds(500);
  const Clock::rep at = rejected_at_;
  return at != 0 && Clock::now() - Clock::time_point(Clock::duration(at)) < kCounts;
}

std::shared_ptr<Runner> Job::runner() const {
  const State state = state_;
  return state == State::kRunning || state == State::kOver ? runner_ : nullptr;
}

bool Job::Cancel(const std::shared_ptr<Job>& job, Canceler by) {
  if (job->Drop(RPC_E_CALL_CANCELED, by)) return true;
  if (job->over()) return false;
  const auto now = Clock::now();
  const auto grace_ends = now + std::chrono::milliseconds(job->limits_.grace);
  const auto limit = now + std::chrono::milliseconds(job->limits_.terminate_after);
  const auto terminate_at = by == Canceler::kClose ? (std::min)(limit, grace_ends) : limit;
  const bool terminates = job->limits_.host != nullptr;
  Canceler none = Canceler::kNone;
  if (!job->canceled_by_.compare_exchange_strong(none, by)) {
    if (by == Canceler::kClose && terminates) TerminateAt(job, terminate_at);
    return false;
  }
  const auto attempt = [job] {
    // An attempt has no effect while the job has not begun, between two marshaled calls, and before the
    // proxy has registered its cancel object. So it is repeated (C12).
    const auto runner = job->runner();
    const HRESULT hr = runner ? runner->Cancel(*job, 0) : E_NOINTERFACE;
    // A pending call stays as its thread was when the call was made (E5), and a canceled job makes no
    // further calls. The answer is never that of a call around the job, or of a nested one (C15).
    return hr != CO_E_CANCEL_DISABLED && !job->over();
  };
  alarms::Alarm late;
  try {
    late = terminates ? TerminateAt(job, terminate_at) : ReportOverdueAt(job, grace_ends);
    const auto repeat = [attempt, grace = job->limits_.grace] { return pool::Repeat(attempt, grace); };
    // If the system refuses a timer, this is repeated until it provides one.
    if (!repeat())
      alarms::Set(Clock::now(), [repeat] {
        if (!repeat()) throw std::bad_alloc();
      });
  } catch (const std::bad_alloc&) {
    // The caller may cancel it again.
    alarms::Cancel(late);
    job->canceled_by_ = Canceler::kNone;
    throw;
  }
  return false;
}

alarms::Alarm Job::TerminateAt(const std::shared_ptr<Job>& job, Clock::time_point when) {
  return alarms::Set(when, [weak = std::weak_ptr<Job>(job)] {
    const auto late = weak.lock();
    if (!late || late->over()) return;
    late->terminates_ = true;
    late->limits_.host->Terminate();
    // Its call returns now, unless it is not a call to an object of the host.
    ReportOverdueAt(late, Clock::now() + std::chrono::milliseconds(late->limits_.grace));
  });
}

alarms::Alarm Job::ReportOverdueAt(const std::shared_ptr<Job>& job, Clock::time_point when) {
  return alarms::Set(when, [weak = std::weak_ptr<Job>(job)] {
    if (const auto late = weak.lock()) late->ReportOverdue();
  });
}

void Job::ReportOverdue() {
  if (!mailbox_ || !canceled() || over() || overdue_.exchange(true)) return;
  mailbox_->PostJobOverdue(id_, HowCanceled(true, RejectedNow()));
}

}  // namespace com_cancel
