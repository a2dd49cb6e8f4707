// One unit of work of a ComThread, and how far it is.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <new>

#include "counters.h"
#include "outbox.h"
#include "win.h"

namespace com_cancel {

class Job {
 public:
  using Work = std::function<HRESULT()>;

  // `done` goes to the outbox under `key` exactly once.
  Job(Key key, std::shared_ptr<Outbox> outbox, Work work)
      : key_(key), outbox_(std::move(outbox)), work_(std::move(work)) {
    ++counters::jobs;
  }
  ~Job() { End(State::kQueued, E_UNEXPECTED); }
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  Key key() const { return key_; }
  bool over() const { return state_ == State::kOver; }

  // Takes a job that is still queued out of the game: it will never run. False when it runs or is over.
  bool Drop(HRESULT result) { return End(State::kQueued, result); }
  // For its thread: false when it was dropped.
  bool Begin() {
    State expected = State::kQueued;
    return state_.compare_exchange_strong(expected, State::kRunning);
  }
  // For its thread, after Begin.
  void Run() {
    HRESULT result = E_UNEXPECTED;
    try {
      result = work_();
    } catch (const std::bad_alloc&) {
      result = E_OUTOFMEMORY;
    } catch (...) {
      // Nothing but its promise may suffer from one job's failure.
    }
    End(State::kRunning, result);
  }

  // True for the one who shall cancel it.
  bool BeginGivingUp() { return !given_up_.exchange(true); }

 private:
  enum class State { kQueued, kRunning, kOver };

  bool End(State from, HRESULT result) {
    if (!state_.compare_exchange_strong(from, State::kOver)) return false;
    --counters::jobs;
    outbox_->Post({Message::Kind::kDone, key_, result});
    return true;
  }

  const Key key_;
  const std::shared_ptr<Outbox> outbox_;
  const Work work_;
  std::atomic<State> state_{State::kQueued};
  std::atomic<bool> given_up_{false};
};

}  // namespace com_cancel
