// ComThread, a system thread with an apartment.
#pragma once

#include <functional>
#include <memory>

#include "host/win.h"
#include "threads/job.h"
#include "threads/job_queue.h"
#include "threads/mailbox.h"
#include "threads/own_objects.h"
#include "threads/pointer_table.h"
#include "threads/runner.h"

namespace com_cancel {

struct ThreadOptions {
  bool single_threaded = false;
  bool call_cancellation = true;
  DWORD busy_retry = 0;  // milliseconds
  DWORD grace = 0;       // milliseconds
};

// Lives as long as anything shares it: its environment, its own thread, a pointer, a cancel in progress.
class ComThread : public std::enable_shared_from_this<ComThread> {
 public:
  // `started` gets the result of entering the apartment. PostThreadEnded follows when the thread is over,
  // also when it could not be started.
  static std::shared_ptr<ComThread> Start(const ThreadOptions& options, std::shared_ptr<Mailbox> mailbox,
                                          ComThreadId number, CallbackId started);
  ComThread(const ThreadOptions& options, std::shared_ptr<Mailbox> mailbox, ComThreadId number,
            CallbackId started);

  // Identifies it in its environment.
  ComThreadId number() const { return number_; }
  // The system's thread id. It stays the id of this thread while this object lives: the handle keeps the
  // system from reusing it (W5).
  DWORD id() const { return id_; }
  // Signaled when the thread has ended.
  HANDLE handle() const { return handle_.get(); }
  const ThreadOptions& options() const { return options_; }

  // Ends the job at once with RPC_E_DISCONNECTED when the thread was closed.
  void Queue(const std::shared_ptr<Job>& job);
  // The job that runs at this moment, or is next to run; null when there is none.
  std::shared_ptr<Job> CurrentJob() { return jobs_.Current(); }
  // On its own thread: whether the call that it makes is that of a canceled job.
  bool IsCallCanceled() { return OwnRunner()->IsCallCanceled(); }
  // On its own thread: a busy server has rejected the call that it makes, which will be made again.
  void NoteRejected() { OwnRunner()->NoteRejected(); }
  // CoCancelCall on the call that a running job is blocked in; E_NOINTERFACE when the job does not run.
  // Blocks up to the timeout.
  static HRESULT Cancel(const std::shared_ptr<Job>& job, ULONG seconds);
  // No more jobs will come: the thread ends when the queued ones are done.
  void Retire() { jobs_.Retire(); }
  // Accepts no more jobs, drops the queued ones and cancels the running ones. The thread ends when those have
  // returned and its pointers are released. A release is canceled only after it has blocked for a long time.
  void Close();
  // When a thread that is closed now is overdue: after its grace period, or, where a running job may
  // terminate a host process at the end of that, after a second one.
  Clock::time_point OverdueWhenClosed();
  // The closed thread is overdue, and so are the jobs that it runs.
  void ReportOverdueJobs();

  // For threads of its apartment, itself among them: runs its jobs, and sleeps or pumps as the apartment
  // requires, until `done` returns true. `done` is called after each WakeServers and at least every `period`
  // milliseconds.
  void ServeUntil(const std::function<bool()>& done, DWORD period);
  // In an incoming call: runs a function that may make calls. Cancels of the jobs that the calling thread
  // runs do not reach them (C15).
  static void RunOutsideJobs(const std::function<void()>& function);
  // Whether the thread was closed or has ended: its objects accept no calls.
  bool closed() { return own_objects_.disconnected() || jobs_.closed(); }
  OwnObjects& own_objects() { return own_objects_; }

  // Makes every thread in ServeUntil call its `done` again.
  void WakeServers() { jobs_.Wake(); }

  // Whether the calling thread may use the pointers of this apartment.
  bool InApartment() const;
  PointerTable& pointers() { return pointers_; }
  // A thread of the apartment releases the pointer. May be called on any thread.
  void RemovePointer(PointerId id);

 private:
  static unsigned __stdcall ThreadMain(void* self);
  void Main();
  HRESULT EnterApartment();
  std::shared_ptr<Runner> OwnRunner();

  const ThreadOptions options_;
  const std::shared_ptr<Mailbox> mailbox_;
  const ComThreadId number_;
  const CallbackId started_;
  UniqueHandle handle_;
  DWORD id_ = 0;

  JobQueue jobs_;
  OwnObjects own_objects_;
  PointerTable pointers_;

  Lock runner_lock_;
  std::shared_ptr<Runner> runner_;  // of its own thread, set before the first job
};

}  // namespace com_cancel
