// Runner, a thread that runs jobs and releases pointers.
#include "threads/runner.h"

#include "host/call_scope.h"
#include "host/ole32.h"
#include "host/returned.h"
#include "threads/barrier.h"

using Microsoft::WRL::ComPtr;

namespace com_cancel {
namespace {

// A release is a short call. Canceling it early may leave a reference behind, with which a server process
// never ends.
constexpr auto kLongestRelease = std::chrono::seconds(10);

}  // namespace

// What the thread does between its construction and its destruction. Lies on the stack of the thread.
class Runner::Level {
 public:
  // `work`: null outside jobs, as for a release.
  Level(Runner& runner, const Job* work) : job(work), around(runner.innermost_), runner_(runner) {
    const HRESULT found = Returned(Ole32::Get().GetCancelObject(runner.thread_, IID_PPV_ARGS(&outer)), outer);
    // No call is pending around this level: CoCancelCall can reach no other call.
    const bool alone = found == E_NOINTERFACE;
    cancelable = alone;
    {
      const Guard change(runner.lock_);
      runner.innermost_ = this;
    }
    // Only now: from here on a cancel of the job around this level uses `outer`, which the barrier does not
    // hide.
    if (!alone && barrier::Register()) SetBarrier(true);
  }
  ~Level() {
    if (barrier_) {
      SetBarrier(false);
      barrier::Unregister();
    }
    const Guard change(runner_.lock_);
    runner_.innermost_ = around;
  }
  Level(const Level&) = delete;
  Level& operator=(const Level&) = delete;

  const Job* const job;
  Level* const around;
  // The cancel object that was on top when the level began: of the call around it. May be null. Its last
  // member to be used: released after the level has been left, because Release may run any code.
  ComPtr<ICancelMethodCalls> outer;
  const Clock::time_point begun = Clock::now();
  // Whether CoCancelCall reaches the calls of this level, and no others.
  bool cancelable = false;

 private:
  void SetBarrier(bool registered) {
    const Guard change(runner_.lock_);
    barrier_ = registered;
    cancelable = registered;
  }

  Runner& runner_;
  bool barrier_ = false;
};

void Runner::Execute(const std::shared_ptr<Job>& job) {
  if (!job->Begin(shared_from_this())) return;
  const Level level(*this, job.get());
  Job::Run(job);
}

void Runner::Release(ComPtr<IUnknown> object) {
  const Level level(*this, nullptr);
  CallScope scope;  // notes when the call is over, if it is one
  object.Reset();
}

void Runner::RunOutsideJobs(const std::function<void()>& function) {
  const Level level(*this, nullptr);
  function();
}

HRESULT Runner::Cancel(const Job& job, ULONG seconds) {
  ComPtr<ICancelMethodCalls> call;
  {
    const std::shared_lock<Lock> no_change(lock_);
    const Level* nested = nullptr;
    const Level* level = innermost_;
    for (; level && level->job != &job; level = level->around) nested = level;
    if (!level || !level->cancelable || job.over()) return E_NOINTERFACE;
    if (nested) {
      call = nested->outer;
    } else if (seconds == 0) {
      return Ole32::Get().CancelCall(thread_, 0);
    } else {
      const HRESULT hr = Returned(Ole32::Get().GetCancelObject(thread_, IID_PPV_ARGS(&call)), call);
      if (FAILED(hr)) return hr;
    }
  }
  // Without the lock, which the thread needs to go on to a job that its call may be waiting for. The object
  // belongs to this one call, so the next call is safe all the same.
  return call ? call->Cancel(seconds) : E_NOINTERFACE;
}

HRESULT Runner::CancelLongRelease() {
  const std::shared_lock<Lock> no_change(lock_);
  const Level* const level = innermost_;
  const bool releasing = level && !level->job && level->cancelable;
  if (!releasing || Clock::now() - level->begun < kLongestRelease) return E_NOINTERFACE;
  return Ole32::Get().CancelCall(thread_, 0);
}

void Runner::NoteRejected() const {
  if (innermost_ && innermost_->job) innermost_->job->NoteRejected();
}

bool Runner::IsCallCanceled() const {
  const Job* const job = innermost_ ? innermost_->job : nullptr;
  return job && !job->over() && job->canceled();
}

}  // namespace com_cancel
