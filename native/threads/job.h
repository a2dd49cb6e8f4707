// One unit of work of a ComThread, and how far it is.
#pragma once

#include <atomic>
#include <functional>
#include <memory>

#include "host/counters.h"
#include "host/win.h"
#include "node/outbox.h"

namespace com_cancel {

class Runner;

class Job {
 public:
  // Carries the work out on the job's thread and says how it ended. `job` tells it whether it was given up.
  using Work = std::function<Message(const Job& job)>;

  // `done` goes to the outbox under `key` exactly once.
  Job(Key key, std::shared_ptr<Outbox> outbox, Work work);
  ~Job();
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  Key key() const { return key_; }
  bool over() const { return state_ == State::kOver; }
  bool given_up() const { return given_up_; }
  // Who runs or ran it; null for one that has not begun.
  std::shared_ptr<Runner> runner() const;

  // Takes a job that is still queued out of the game: it will never run. False when it runs or is over.
  bool Drop(HRESULT result);
  // For its runner: false when it was dropped.
  bool Begin(std::shared_ptr<Runner> runner);
  // For its runner, after Begin.
  void Run();

  // Drops a job that is queued, and then says true; cancels one that runs, again and again until it is over.
  static bool GiveUp(const std::shared_ptr<Job>& job);

 private:
  enum class State { kQueued, kBeginning, kRunning, kOver };

  void End(Message message);

  const Key key_;
  const std::shared_ptr<Outbox> outbox_;
  Work work_;
  std::shared_ptr<Runner> runner_;
  std::atomic<State> state_{State::kQueued};
  std::atomic<bool> given_up_{false};
};

}  // namespace com_cancel
