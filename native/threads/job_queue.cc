// JobQueue, the jobs of a ComThread, and the wait for the next one.
#include "threads/job_queue.h"

#include <algorithm>

#include "host/pump.h"

namespace com_cancel {

JobQueue::JobQueue(bool pumps)
    : pumps_(pumps), event_(pumps ? CreateEventW(nullptr, FALSE, FALSE, nullptr) : nullptr) {}

bool JobQueue::Add(const std::shared_ptr<Job>& job) {
  {
    const Guard guard(lock_);
    if (closed_) return false;
    queued_.push_back(job);
  }
  Wake();
  return true;
}

std::shared_ptr<Job> JobQueue::Begin() {
  const Guard guard(lock_);
  if (queued_.empty()) return nullptr;
  auto job = std::move(queued_.front());
  queued_.pop_front();
  running_.push_back(job);
  return job;
}

void JobQueue::End(const std::shared_ptr<Job>& job) {
  const Guard guard(lock_);
  running_.erase(std::find(running_.begin(), running_.end(), job));
}

std::shared_ptr<Job> JobQueue::Current() {
  const Guard guard(lock_);
  for (auto job = running_.rbegin(); job != running_.rend(); ++job) {
    if (!(*job)->over()) return *job;
  }
  for (const auto& job : queued_) {
    if (!job->over()) return job;
  }
  return nullptr;
}

std::vector<std::shared_ptr<Job>> JobQueue::Running() {
  const Guard guard(lock_);
  return running_;
}

void JobQueue::Retire() {
  {
    const Guard guard(lock_);
    retired_ = true;
  }
  Wake();
}

std::optional<std::vector<std::shared_ptr<Job>>> JobQueue::Close() {
  std::deque<std::shared_ptr<Job>> dropped;
  std::vector<std::shared_ptr<Job>> running;
  {
    const Guard guard(lock_);
    if (closed_) return std::nullopt;
    closed_ = true;
    dropped.swap(queued_);
    running = running_;
    // Under the lock, before the thread can see that the queue is closed: the end of the thread is reported
    // last.
    for (const auto& job : dropped) job->Drop(RPC_E_DISCONNECTED, Canceler::kClose);
  }
  Wake();
  return running;
}

bool JobQueue::closed() {
  const Guard guard(lock_);
  return closed_;
}

bool JobQueue::Finished() {
  const Guard guard(lock_);
  return closed_ || (retired_ && queued_.empty());
}

void JobQueue::Wake() {
  {
    const Guard guard(lock_);
    ++wakes_;
    changed_.WakeAll();
  }
  if (event_) SetEvent(event_.get());
}

unsigned long JobQueue::wakes() {
  const Guard guard(lock_);
  return wakes_;
}

void JobQueue::Sleep(unsigned long since, DWORD period) {
  if (event_) {
    PumpUntil(event_.get(), period);
    return;
  }
  std::unique_lock<Lock> lock(lock_);
  if (since != wakes_) return;
  if (period == INFINITE)
    changed_.Sleep(lock);
  else
    changed_.SleepUntil(lock, Clock::now() + std::chrono::milliseconds(period));
}

void JobQueue::WakeOuterWait() {
  if (event_) SetEvent(event_.get());
}

}  // namespace com_cancel
