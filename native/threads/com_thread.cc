// ComThread, a system thread with an apartment.
#include "threads/com_thread.h"

#include <process.h>

#include <algorithm>

#include "host/call_scope.h"
#include "host/counters.h"
#include "host/ole32.h"
#include "host/pool.h"
#include "host/thread_name.h"
#include "threads/host_apartment.h"
#include "threads/message_filter.h"

namespace com_cancel {
namespace {

// Reserved, not committed: in-process COM servers may expect as much stack as the first thread of a program
// has.
constexpr unsigned kStackSize = 1u << 20;

// How long a thread that ends waits for the methods of canceled calls, and how often it looks.
constexpr auto kWaitForMethods = std::chrono::seconds(1);
constexpr DWORD kPollMethods = 10;  // milliseconds

// The runner of the calling thread while it is in ServeUntil, of any ComThread: nested calls of ServeUntil
// use the same one.
thread_local Runner* current_runner = nullptr;

class ServeLoop;
thread_local const ServeLoop* innermost_loop = nullptr;

// One call of ServeUntil on the calling thread. The destructor restores the state of the loop around it, also
// when `done` throws.
class ServeLoop {
 public:
  // `enabled`: whether the loop has enabled call cancellation on the thread.
  ServeLoop(JobQueue& jobs, Runner* runner, const std::function<bool()>& is_done, bool enabled)
      : jobs_(jobs),
        done_(is_done),
        enabled_(enabled),
        outer_(std::exchange(innermost_loop, this)),
        outer_runner_(std::exchange(current_runner, runner)) {}
  ~ServeLoop() {
    innermost_loop = outer_;
    current_runner = outer_runner_;
    if (enabled_) Ole32::Get().DisableCallCancellation(nullptr);
    if (outer_) jobs_.WakeOuterWait();
  }
  ServeLoop(const ServeLoop&) = delete;
  ServeLoop& operator=(const ServeLoop&) = delete;

  bool done() const { return done_(); }
  const ServeLoop* outer() const { return outer_; }

 private:
  JobQueue& jobs_;
  const std::function<bool()>& done_;
  const bool enabled_;
  const ServeLoop* const outer_;
  Runner* const outer_runner_;
};

}  // namespace

ComThread::ComThread(const ThreadOptions& options, std::shared_ptr<Mailbox> mailbox, ComThreadId number,
                     CallbackId started)
    : options_(options),
      mailbox_(std::move(mailbox)),
      number_(number),
      started_(started),
      jobs_(options.single_threaded) {}

std::shared_ptr<ComThread> ComThread::Start(const ThreadOptions& options, std::shared_ptr<Mailbox> mailbox,
                                            ComThreadId number, CallbackId started) {
  auto thread = std::make_shared<ComThread>(options, std::move(mailbox), number, started);
  unsigned id = 0;
  auto self = std::make_unique<std::shared_ptr<ComThread>>(thread);  // the share of the thread itself
  uintptr_t handle = 0;
  if (thread->jobs_.usable()) {
    ++counters::threads;
    // Suspended until handle_ and id_, which the thread itself reads, are set.
    handle = _beginthreadex(nullptr, kStackSize, ThreadMain, self.get(),
                            CREATE_SUSPENDED | STACK_SIZE_PARAM_IS_A_RESERVATION, &id);
    if (!handle) --counters::threads;
  }
  if (!handle) {
    thread->jobs_.Close();
    thread->pointers_.Close(*std::make_shared<Runner>());
    thread->mailbox_->PostDone(started, E_OUTOFMEMORY);
    thread->mailbox_->PostThreadEnded(number);
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
  NameThread(options_.single_threaded ? L"STA" : L"MTA");
  KeepComAlive();
  {
    const Guard guard(runner_lock_);
    runner_ = std::make_shared<Runner>();
  }
  const HRESULT entered = EnterApartment();
  mailbox_->PostDone(started_, entered);
  if (SUCCEEDED(entered)) {
    {
      const MessageFilter filter(*this);
      ServeUntil([this] { return jobs_.Finished(); }, INFINITE);
      own_objects_.Disconnect();
      pointers_.Close(*OwnRunner());
      // The methods of canceled calls may run on, of its own calls and of calls to its objects. When they
      // end, references are released, and those on its own objects here.
      const auto until = Clock::now() + kWaitForMethods;
      if (CallScope::MethodsLeft())
        ServeUntil([&] { return !CallScope::MethodsLeft() || Clock::now() >= until; }, kPollMethods);
    }
    if (options_.call_cancellation) Ole32::Get().DisableCallCancellation(nullptr);
    Ole32::Get().Uninitialize();
  } else {
    Close();
    pointers_.Close(*OwnRunner());
  }
  --counters::threads;
  mailbox_->PostThreadEnded(number_);
}

HRESULT ComThread::EnterApartment() {
  const Ole32& ole32 = Ole32::Get();
  const DWORD apartment = options_.single_threaded ? COINIT_APARTMENTTHREADED : COINIT_MULTITHREADED;
  const HRESULT entered = ole32.InitializeEx(nullptr, apartment | COINIT_DISABLE_OLE1DDE);
  if (FAILED(entered) || !options_.call_cancellation) return entered;
  const HRESULT enabled = ole32.EnableCallCancellation(nullptr);
  if (FAILED(enabled)) ole32.Uninitialize();
  return enabled;
}

std::shared_ptr<Runner> ComThread::OwnRunner() {
  const Guard guard(runner_lock_);
  return runner_;
}

void ComThread::ServeUntil(const std::function<bool()>& done, DWORD period) {
  const bool own_thread = GetCurrentThreadId() == id_;
  std::shared_ptr<Runner> runner;
  if (current_runner)
    runner = current_runner->shared_from_this();
  else
    runner = own_thread ? OwnRunner() : std::make_shared<Runner>();
  // On a thread of COM's pool, calls must be as cancelable as on the thread itself.
  const bool enabled = !current_runner && !own_thread && options_.call_cancellation &&
                       Ole32::Get().EnableCallCancellation(nullptr) == S_OK;
  const ServeLoop loop(jobs_, runner.get(), done, enabled);
  for (;;) {
    // Before everything that is checked below: a later wake-up then ends the sleep at once.
    const unsigned long wakes = jobs_.wakes();
    pointers_.ReleaseRemoved(*runner);
    if (loop.done()) return;
    // The outer loops can't return before this one, but each must notice what it waits for, such as a cancel.
    for (const ServeLoop* outer = loop.outer(); outer; outer = outer->outer())
      static_cast<void>(outer->done());
    if (const auto job = jobs_.Begin()) {
      runner->Execute(job);
      jobs_.End(job);
    } else {
      jobs_.Sleep(wakes, period);
    }
  }
}

void ComThread::RunOutsideJobs(const std::function<void()>& function) {
  // A thread of COM's pool that serves one incoming call runs no job.
  if (current_runner)
    current_runner->RunOutsideJobs(function);
  else
    function();
}

void ComThread::Queue(const std::shared_ptr<Job>& job) {
  if (!jobs_.Add(job)) job->Drop(RPC_E_DISCONNECTED, Canceler::kNone);
}

HRESULT ComThread::Cancel(const std::shared_ptr<Job>& job, ULONG seconds) {
  const auto runner = job ? job->runner() : nullptr;
  return runner ? runner->Cancel(*job, seconds) : E_NOINTERFACE;
}

void ComThread::Close() {
  const auto running = jobs_.Close();
  if (!running) return;
  for (const auto& job : *running) Job::Cancel(job, Canceler::kClose);
  // The release of a pointer whose server hangs would keep the thread for ever.
  pool::Repeat(
      [self = shared_from_this()] {
        const auto runner = self->OwnRunner();
        if (runner && runner->CancelLongRelease() == CO_E_CANCEL_DISABLED) return false;
        return WaitForSingleObject(self->handle(), 0) == WAIT_TIMEOUT;
      },
      0);
}

Clock::time_point ComThread::OverdueWhenClosed() {
  const auto grace = std::chrono::milliseconds(options_.grace);
  const auto running = jobs_.Running();
  const bool terminates = std::any_of(running.begin(), running.end(),
                                      [](const auto& job) { return job->limits().host != nullptr; });
  return Clock::now() + (terminates ? 2 * grace : grace);
}

void ComThread::ReportOverdueJobs() {
  for (const auto& job : jobs_.Running()) job->ReportOverdue();
}

bool ComThread::InApartment() const {
  if (GetCurrentThreadId() == id_) return true;
  // All threads of the multithreaded apartment use each other's pointers.
  APTTYPE type;
  APTTYPEQUALIFIER qualifier;
  return !options_.single_threaded && SUCCEEDED(CoGetApartmentType(&type, &qualifier)) && type == APTTYPE_MTA;
}

void ComThread::RemovePointer(PointerId id) {
  if (pointers_.Remove(id)) WakeServers();
}

}  // namespace com_cancel
