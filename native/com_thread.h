// A real thread with an apartment and a queue of jobs, run one after the other.
#pragma once

#include <deque>
#include <memory>

#include "job.h"
#include "win.h"

namespace com_cancel {

struct ThreadOptions {
  bool single_threaded = false;
  bool call_cancellation = true;
};

// Lives as long as somebody holds it: its maker, its own thread, a cancel under way.
class ComThread : public std::enable_shared_from_this<ComThread> {
 public:
  // `started` gets what entering the apartment said; kThreadEnded goes to the outbox under the same key when
  // the thread is over, also when it could not be started.
  static std::shared_ptr<ComThread> Start(const ThreadOptions& options, std::shared_ptr<Outbox> outbox,
                                          Key started);
  ComThread(const ThreadOptions& options, std::shared_ptr<Outbox> outbox, Key started);

  // Names it in its environment.
  Key key() const { return started_; }
  // The thread's id stays its own while this object lives: the handle keeps the system from giving it away
  // (W5).
  DWORD id() const { return id_; }
  // Signaled when the thread has ended.
  HANDLE handle() const { return handle_.get(); }

  // The job is dropped at once (RPC_E_DISCONNECTED) when the thread takes no more.
  void Queue(std::shared_ptr<Job> job);
  // True when the job was still queued and will never run.
  bool GiveUp(const std::shared_ptr<Job>& job);
  // The job that runs at this moment, or is next to; null when there is none.
  std::shared_ptr<Job> Current();
  // CoCancelCall on the call that a running job is blocked in, E_NOINTERFACE when it does not run; blocks up
  // to the timeout.
  HRESULT Cancel(const std::shared_ptr<Job>& job, ULONG seconds);
  // Nobody can give it work any more: it ends when it has done what is queued.
  void Retire();
  // Takes no more work, drops what is queued, gives up what runs. The thread ends when that is back.
  void Close();

 private:
  static unsigned __stdcall ThreadMain(void* self);
  void Main();
  HRESULT EnterApartment();
  // Null when the queue is closed.
  std::shared_ptr<Job> Next();
  void Execute(const std::shared_ptr<Job>& job);
  // One attempt to bring a running job back; false when it is over.
  bool Attempt(const std::shared_ptr<Job>& job);

  const ThreadOptions options_;
  const std::shared_ptr<Outbox> outbox_;
  const Key started_;
  UniqueHandle handle_;
  DWORD id_ = 0;

  // What JavaScript's thread takes: held for moments only.
  Lock queue_lock_;
  Condition queue_changed_;
  UniqueHandle queue_event_;  // single-threaded apartments wait on this instead, pumping
  std::deque<std::shared_ptr<Job>> queue_;
  std::shared_ptr<Job> begun_;  // the job that was last taken from the queue
  bool retired_ = false;
  bool closed_ = false;

  // Held exclusively while the thread changes its job, shared during every attempt to cancel one: so no
  // attempt hits the next job's call. Never taken by JavaScript's thread, as an attempt may last.
  Lock run_lock_;
  std::shared_ptr<Job> running_;
};

}  // namespace com_cancel
