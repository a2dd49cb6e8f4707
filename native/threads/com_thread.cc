// A real thread with an apartment.
#include "threads/com_thread.h"

#include <process.h>

#include <algorithm>

#include "host/ole32.h"
#include "host/pool.h"
#include "host/pump.h"
#include "standin/functions.h"
#include "threads/message_filter.h"

namespace com_cancel {
namespace {

// Reserved, not committed: COM servers in this process may want as much stack as a program's first thread
// has.
constexpr unsigned kStackSize = 1u << 20;

// The runner of the calling thread, while it carries out jobs of whomever: nested serving goes on with the
// same.
thread_local Runner* running_here = nullptr;

// The servings of the calling thread, the innermost first.
struct Serving {
  const std::function<bool()>& done;
  const Serving* outer;
};
thread_local const Serving* serving_here = nullptr;

}  // namespace

Pointer::~Pointer() { home_->Forget(key_); }

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
    thread->ended_ = true;
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
  {
    const Guard guard(queue_lock_);
    runner_ = std::make_shared<Runner>();
  }
  const HRESULT entered = EnterApartment();
  outbox_->Post({Message::Kind::kDone, started_, entered});
  if (SUCCEEDED(entered)) {
    {
      const MessageFilter filter(*this);
      ServeUntil(
          [this] {
            const Guard guard(queue_lock_);
            return closed_ || (retired_ && queue_.empty());
          },
          INFINITE);
      ReleaseAll();
    }
    if (options_.call_cancellation) Ole32::Get().DisableCallCancellation(nullptr);
    Ole32::Get().Uninitialize();
  } else {
    Close();
    ReleaseAll();
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

void ComThread::ServeUntil(const std::function<bool()>& done, DWORD period) {
  std::shared_ptr<Runner> runner;
  if (running_here) {
    runner = running_here->shared_from_this();
  } else {
    const Guard guard(queue_lock_);
    runner = GetCurrentThreadId() == id_ ? runner_ : std::make_shared<Runner>();
  }
  // A thread of COM's that helps out: what it calls must be as easy to cancel as what the home thread calls.
  const bool helping = !running_here && GetCurrentThreadId() != id_ && options_.call_cancellation &&
                       Ole32::Get().EnableCallCancellation(nullptr) == S_OK;
  Runner* const before = std::exchange(running_here, runner.get());
  const Serving serving{done, serving_here};
  serving_here = &serving;
  for (;;) {
    ReleaseForgotten();
    std::shared_ptr<Job> job;
    unsigned long pokes = 0;
    {
      const Guard guard(queue_lock_);
      pokes = pokes_;
    }
    if (done()) break;
    // Who waits further out can't go on before us, but shall hear what it waits for, such as a cancel.
    for (const Serving* outer = serving.outer; outer; outer = outer->outer) static_cast<void>(outer->done());
    std::unique_lock<Lock> lock(queue_lock_);
    if (!queue_.empty()) {
      job = std::move(queue_.front());
      queue_.pop_front();
      running_.push_back(job);
      lock.unlock();
      runner->Execute(job);
      lock.lock();
      running_.erase(std::find(running_.begin(), running_.end(), job));
    } else if (queue_event_) {
      lock.unlock();
      PumpUntil(queue_event_.get(), period);
    } else if (pokes == pokes_) {
      if (period == INFINITE)
        queue_changed_.Sleep(lock);
      else
        queue_changed_.SleepUntil(lock, Clock::now() + std::chrono::milliseconds(period));
    }
  }
  serving_here = serving.outer;
  running_here = before;
  if (helping) Ole32::Get().DisableCallCancellation(nullptr);
  // This may have taken a wake-up that was meant for an outer loop of the thread.
  if (queue_event_ && serving_here) SetEvent(queue_event_.get());
}

void ComThread::Poke() {
  {
    const Guard guard(queue_lock_);
    ++pokes_;
    queue_changed_.WakeAll();
  }
  if (queue_event_) SetEvent(queue_event_.get());
}

void ComThread::Queue(const std::shared_ptr<Job>& job) {
  bool taken = false;
  {
    const Guard guard(queue_lock_);
    taken = !closed_;
    if (taken) queue_.push_back(job);
  }
  if (taken)
    Poke();
  else
    job->Drop(RPC_E_DISCONNECTED);
}

std::shared_ptr<Job> ComThread::Current() {
  const Guard guard(queue_lock_);
  for (auto job = running_.rbegin(); job != running_.rend(); ++job) {
    if (!(*job)->over()) return *job;
  }
  for (const auto& job : queue_) {
    if (!job->over()) return job;
  }
  return nullptr;
}

bool ComThread::GivenUp() {
  const Guard guard(queue_lock_);
  return !running_.empty() && running_.back()->given_up();
}

HRESULT ComThread::Cancel(const std::shared_ptr<Job>& job, ULONG seconds) {
  const auto runner = job ? job->runner() : nullptr;
  return runner ? runner->Cancel(*job, seconds) : E_NOINTERFACE;
}

void ComThread::Retire() {
  {
    const Guard guard(queue_lock_);
    retired_ = true;
  }
  Poke();
}

void ComThread::Close() {
  std::deque<std::shared_ptr<Job>> dropped;
  std::vector<std::shared_ptr<Job>> running;
  {
    const Guard guard(queue_lock_);
    if (closed_) return;
    closed_ = true;
    dropped.swap(queue_);
    running = running_;
    // Before the thread can see that it is over: its end is told last.
    for (const auto& job : dropped) job->Drop(RPC_E_DISCONNECTED);
  }
  Poke();
  for (const auto& job : running) Job::GiveUp(job);
  // Whatever else keeps the thread, such as the release of an object whose server hangs, is given up with it.
  pool::Repeat([self = shared_from_this()] {
    std::shared_ptr<Runner> runner;
    {
      const Guard guard(self->queue_lock_);
      runner = self->runner_;
    }
    if (runner) runner->CancelWhatever();
    return WaitForSingleObject(self->handle(), 0) == WAIT_TIMEOUT;
  });
}

bool ComThread::InApartment() const {
  if (GetCurrentThreadId() == id_) return true;
  // All threads of the multithreaded apartment use each other's pointers.
  APTTYPE type;
  APTTYPEQUALIFIER qualifier;
  return !options_.single_threaded && SUCCEEDED(CoGetApartmentType(&type, &qualifier)) && type == APTTYPE_MTA;
}

std::shared_ptr<Pointer> ComThread::Adopt(IUnknown* object) {
  Object share(object);  // taken, and at the end released, outside the lock: either may run anything
  const Guard guard(pointers_lock_);
  const Key key = ++last_pointer_;
  if (!ended_) {
    pointers_[key] = std::move(share);
    ++counters::pointers;
  }
  return std::make_shared<Pointer>(shared_from_this(), key);
}

HRESULT ComThread::Resolve(const Pointer& pointer, REFIID iid, void** object) {
  ComThread& home = *pointer.home();
  if (!home.InApartment()) return RPC_E_WRONG_THREAD;
  Object found;
  {
    const Guard guard(home.pointers_lock_);
    const auto entry = home.pointers_.find(pointer.key());
    if (entry == home.pointers_.end()) return RPC_E_DISCONNECTED;
    found = entry->second;
  }
  return found->QueryInterface(iid, object);
}

void ComThread::Forget(Key pointer) {
  Object object;
  {
    const Guard guard(pointers_lock_);
    const auto entry = pointers_.find(pointer);
    if (entry == pointers_.end()) return;
    object = std::move(entry->second);
    pointers_.erase(entry);
    --counters::pointers;
    // Under this lock, so that the thread's own end can't come between: it takes what is in either place.
    const Guard queue(queue_lock_);
    forgotten_.push_back(std::move(object));
  }
  Poke();
}

void ComThread::ReleaseForgotten() {
  std::vector<Object> released;
  {
    const Guard guard(queue_lock_);
    released.swap(forgotten_);
  }
  if (released.empty()) return;
  // To release a proxy may be a call, and the scope knows when it is over.
  CallScope scope;
  released.clear();
}

void ComThread::ReleaseAll() {
  {
    std::unordered_map<Key, Object> released;
    {
      const Guard guard(pointers_lock_);
      ended_ = true;
      counters::pointers -= static_cast<long>(pointers_.size());
      released.swap(pointers_);
    }
    CallScope scope;
    released.clear();
  }
  ReleaseForgotten();
}

}  // namespace com_cancel
