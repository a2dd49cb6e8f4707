// Job, one unit of work of a ComThread.
#include "threads/job.h"

#include <new>

#include "host/counters.h"
#include "host/pool.h"
#include "threads/runner.h"

namespace com_cancel {

Job::Job(JobId id, std::shared_ptr<Mailbox> mailbox, Function function, DWORD grace)
    : id_(id), mailbox_(std::move(mailbox)), grace_(grace), function_(std::move(function)) {
  ++counters::jobs;
}

Job::~Job() { Drop(E_UNEXPECTED); }

bool Job::Drop(HRESULT result) {
  State queued = State::kQueued;
  if (!state_.compare_exchange_strong(queued, State::kOver)) return false;
  End({result, nullptr});
  return true;
}

bool Job::Begin(std::shared_ptr<Runner> runner) {
  State queued = State::kQueued;
  if (!state_.compare_exchange_strong(queued, State::kBeginning)) return false;
  runner_ = std::move(runner);
  state_ = State::kRunning;
  return true;
}

void Job::Run() {
  Result result{E_UNEXPECTED, nullptr};
  try {
    result = function_(*this);
  } catch (const std::bad_alloc&) {
    result.hresult = E_OUTOFMEMORY;
  } catch (...) {
    // The failure of one job must not end the thread.
  }
  function_ = nullptr;  // what it holds may belong to the apartment, and is released here
  state_ = State::kOver;
  End(std::move(result));
}

void Job::End(Result result) {
  --counters::jobs;
  if (mailbox_) mailbox_->PostJobDone(id_, result.hresult, std::move(result.result));
}

std::shared_ptr<Runner> Job::runner() const {
  const State state = state_;
  return state == State::kRunning || state == State::kOver ? runner_ : nullptr;
}

bool Job::Cancel(const std::shared_ptr<Job>& job) {
  if (job->Drop(RPC_E_CALL_CANCELED)) return true;
  if (job->over() || job->canceled_.exchange(true)) return false;
  pool::Repeat(
      [job] {
        // An attempt has no effect while the job has not begun, between two marshaled calls, and before the
        // proxy has registered its cancel object. So it is repeated (C12).
        const auto runner = job->runner();
        const HRESULT hr = runner ? runner->Cancel(*job, 0) : E_NOINTERFACE;
        // A pending call stays as its thread was when the call was made (E5), and a canceled job makes no
        // further calls. The answer is never that of a call around the job, or of a nested one (C15).
        return hr != CO_E_CANCEL_DISABLED && !job->over();
      },
      job->grace_);
  return false;
}

}  // namespace com_cancel
