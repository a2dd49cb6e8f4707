// JobQueue, the jobs of a ComThread, and the wait for the next one.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "host/win.h"
#include "threads/job.h"

namespace com_cancel {

// Its lock is held for moments only, because JavaScript's thread takes it.
class JobQueue {
 public:
  // `pumps`: the thread is in a single-threaded apartment and pumps messages while it waits.
  explicit JobQueue(bool pumps);

  // False when the system had no event for a thread that pumps.
  bool usable() const { return !pumps_ || event_; }

  // False when the queue was closed.
  bool Add(const std::shared_ptr<Job>& job);
  // The next job, which counts as running until End; null when there is none.
  std::shared_ptr<Job> Begin();
  void End(const std::shared_ptr<Job>& job);

  // The job that runs at this moment, the innermost, or is next to run; null when there is none.
  std::shared_ptr<Job> Current();

  // The jobs that run, the innermost last.
  std::vector<std::shared_ptr<Job>> Running();

  // No jobs will be added.
  void Retire();
  // Drops the queued jobs with RPC_E_DISCONNECTED and returns those that run. None when it was closed before.
  std::optional<std::vector<std::shared_ptr<Job>>> Close();
  bool closed();
  // Whether no further job will run: the queue was closed, or retired and is empty.
  bool Finished();

  // Wakes every thread that sleeps.
  void Wake();
  // How often Wake was called: to be read before the caller checks what it waits for.
  unsigned long wakes();
  // Waits for a call of Wake, or for `period` milliseconds. Returns at once when wakes() is no longer
  // `since`.
  void Sleep(unsigned long since, DWORD period);
  // A nested wait may have consumed a wake-up that was meant for an outer wait of the same thread.
  void WakeOuterWait();

 private:
  const bool pumps_;
  Lock lock_;
  Condition changed_;
  const UniqueHandle event_;  // a thread that pumps waits for this instead
  unsigned long wakes_ = 0;
  std::deque<std::shared_ptr<Job>> queued_;
  std::vector<std::shared_ptr<Job>> running_;  // the innermost last
  bool retired_ = false;
  bool closed_ = false;
};

}  // namespace com_cancel
