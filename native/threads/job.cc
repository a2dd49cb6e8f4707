// One unit of work of a ComThread.
#include "threads/job.h"

#include <new>

#include "host/pool.h"
#include "threads/runner.h"

namespace com_cancel {

Job::Job(Key key, std::shared_ptr<Outbox> outbox, Work work)
    : key_(key), outbox_(std::move(outbox)), work_(std::move(work)) {
  ++counters::jobs;
}

Job::~Job() { Drop(E_UNEXPECTED); }

bool Job::Drop(HRESULT result) {
  State queued = State::kQueued;
  if (!state_.compare_exchange_strong(queued, State::kOver)) return false;
  End({Message::Kind::kDone, key_, result});
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
  Message message(Message::Kind::kDone, key_, E_UNEXPECTED);
  try {
    message = work_(*this);
  } catch (const std::bad_alloc&) {
    message.hresult = E_OUTOFMEMORY;
  } catch (...) {
    // Nothing but its promise may suffer from one job's failure.
  }
  work_ = nullptr;  // what it holds is released here, in the apartment it may belong to
  state_ = State::kOver;
  End(std::move(message));
}

void Job::End(Message message) {
  --counters::jobs;
  message.key = key_;
  outbox_->Post(std::move(message));
}

std::shared_ptr<Runner> Job::runner() const {
  const State state = state_;
  return state == State::kRunning || state == State::kOver ? runner_ : nullptr;
}

bool Job::GiveUp(const std::shared_ptr<Job>& job) {
  if (job->Drop(RPC_E_CALL_CANCELED)) return true;
  if (job->over() || job->given_up_.exchange(true)) return false;
  pool::Repeat([job] {
    // Not running yet, or between two marshaled calls, or before the proxy registered its object: no effect,
    // so the attempt is repeated (C12).
    if (const auto runner = job->runner()) runner->Cancel(*job, 0);
    return !job->over();
  });
  return false;
}

}  // namespace com_cancel
