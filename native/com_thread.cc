// A real thread with an apartment and a queue of jobs.
#include "com_thread.h"

#include <process.h>

#include "ole32.h"
#include "pool.h"
#include "pump.h"

namespace com_cancel {

// Reserved, not committed: COM servers in this process may want as much stack as a program's first thread
// has.
constexpr unsigned kStackSize = 1u << 20;

ComThread::ComThread(const ThreadOptions& options, std::shared_ptr<Outbox> outbox, Key started)
    : options_(options), outbox_(std::move(outbox)), started_(started) {}

std::shared_ptr<ComThread> ComThread::Start(const ThreadOptions& options, std::shared_ptr<Outbox> outbox,
                                            Key started) {
  auto thread = std::make_shared<ComThread>(options, std::move(outbox), started);
  if (options.single_threaded) {
    thread->queue_event_ = UniqueHandle(CreateEventW(nullptr, FALSE, FALSE, nullptr));
  }
  unsigned id = 0;
  auto self = std::make_unique<std::shared_ptr<ComThread>>(thread);  // the thread's own share
  uintptr_t handle = 0;
  if (!options.single_threaded || thread->queue_event_) {
    ++counters::threads;
    // Suspended until its handle and id are where the thread itself may look for them.
    handle = _beginthreadex(nullptr, kStackSize, ThreadMain, self.get(),
                            CREATE_SUSPENDED | STACK_SIZE_PARAM_IS_A_RESERVATION, &id);
    if (!handle) --counters::threads;
  }
  if (!handle) {
    thread->closed_ = true;
    thread->outbox_->Post({Message::Kind::kDone, started, E_OUTOFMEMORY});
    thread->outbox_->Post({Message::Kind::kThreadEnded, started});
    return thread;
  }
  static_cast<void>(self.release());
  thread->id_ = id;
  thread->handle_ = UniqueHandle(reinterpret_cast<HANDLE>(handle));
  ResumeThread(thread->handle());
  return thread;
}

unsigned __stdcall ComThread::ThreadMain(void* self) {
  const std::unique_ptr<std::shared_ptr<ComThread>> share(static_cast<std::shared_ptr<ComThread>*>(self));
  (*share)->Main();
  return 0;
}

void ComThread::Main() {
  const HRESULT entered = EnterApartment();
  outbox_->Post({Message::Kind::kDone, started_, entered});
  if (SUCCEEDED(entered)) {
    while (const auto job = Next()) Execute(job);
    if (options_.call_cancellation) Ole32::Get().DisableCallCancellation(nullptr);
    Ole32::Get().Uninitialize();
  } else {
    Close();
  }
  --counters::threads;
  outbox_->Post({Message::Kind::kThreadEnded, started_});
}

HRESULT ComThread::EnterApartment() {
  const Ole32& ole32 = Ole32::Get();
  const HRESULT entered =
      ole32.InitializeEx(nullptr, options_.single_threaded ? COINIT_APARTMENTTHREADED : COINIT_MULTITHREADED);
  if (FAILED(entered) || !options_.call_cancellation) return entered;
  const HRESULT enabled = ole32.EnableCallCancellation(nullptr);
  if (FAILED(enabled)) ole32.Uninitialize();
  return enabled;
}

std::shared_ptr<Job> ComThread::Next() {
  std::unique_lock<Lock> lock(queue_lock_);
  for (;;) {
    while (!queue_.empty()) {
      auto job = std::move(queue_.front());
      queue_.pop_front();
      if (job->Begin()) {
        begun_ = job;
        return job;
      }
    }
    if (closed_ || retired_) return nullptr;
    if (queue_event_) {
      lock.unlock();
      PumpUntil(queue_event_.get());
      lock.lock();
    } else {
      queue_changed_.Sleep(lock);
    }
  }
}

void ComThread::Execute(const std::shared_ptr<Job>& job) {
  {
    const Guard change(run_lock_);
    running_ = job;
  }
  job->Run();
  // Waits for an attempt under way, which ends at once now that the job is over.
  const Guard change(run_lock_);
  running_.reset();
}

void ComThread::Queue(std::shared_ptr<Job> job) {
  {
    const Guard guard(queue_lock_);
    if (!closed_) {
      queue_.push_back(std::move(job));
      queue_changed_.WakeAll();
    }
  }
  if (job)
    job->Drop(RPC_E_DISCONNECTED);
  else if (queue_event_)
    SetEvent(queue_event_.get());
}

bool ComThread::GiveUp(const std::shared_ptr<Job>& job) {
  if (job->Drop(RPC_E_CALL_CANCELED)) return true;
  if (!job->over() && job->BeginGivingUp())
    pool::Repeat([self = shared_from_this(), job] { return self->Attempt(job); });
  return false;
}

bool ComThread::Attempt(const std::shared_ptr<Job>& job) {
  const std::shared_lock<Lock> no_change(run_lock_);
  // Not yet the running one, or between two marshaled calls, or before the proxy registered its object: no
  // effect, so the attempt is repeated (C12).
  if (running_ == job && !job->over()) Ole32::Get().CancelCall(id_, 0);
  return !job->over();
}

std::shared_ptr<Job> ComThread::Current() {
  const Guard guard(queue_lock_);
  if (begun_ && !begun_->over()) return begun_;
  for (const auto& job : queue_) {
    if (!job->over()) return job;
  }
  return nullptr;
}

HRESULT ComThread::Cancel(const std::shared_ptr<Job>& job, ULONG seconds) {
  const std::shared_lock<Lock> no_change(run_lock_);
  return job && running_ == job && !job->over() ? Ole32::Get().CancelCall(id_, seconds) : E_NOINTERFACE;
}

void ComThread::Retire() {
  {
    const Guard guard(queue_lock_);
    retired_ = true;
    queue_changed_.WakeAll();
  }
  if (queue_event_) SetEvent(queue_event_.get());
}

void ComThread::Close() {
  std::deque<std::shared_ptr<Job>> dropped;
  {
    const Guard guard(queue_lock_);
    if (closed_) return;
    closed_ = true;
    dropped.swap(queue_);
    // Before the thread can see that it is over: its end is told last.
    for (const auto& job : dropped) job->Drop(RPC_E_DISCONNECTED);
    queue_changed_.WakeAll();
  }
  if (queue_event_) SetEvent(queue_event_.get());
  // Whatever runs from now on was taken from the queue before it closed.
  pool::Repeat([self = shared_from_this()] {
    std::shared_ptr<Job> job;
    {
      const std::shared_lock<Lock> no_change(self->run_lock_);
      job = self->running_;
    }
    if (job) self->Attempt(job);
    return WaitForSingleObject(self->handle(), 0) == WAIT_TIMEOUT;
  });
}

}  // namespace com_cancel
