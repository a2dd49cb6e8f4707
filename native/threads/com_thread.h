// A real thread with an apartment: its queue of jobs, and the interface pointers that are at home in it.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include <wrl/client.h>

#include "automation/pointer.h"
#include "host/win.h"
#include "threads/job.h"
#include "threads/runner.h"

namespace com_cancel {

struct ThreadOptions {
  bool single_threaded = false;
  bool call_cancellation = true;
  DWORD busy_retry = 0;  // milliseconds
};

// Lives as long as somebody holds it: its maker, its own thread, a pointer, a cancel under way.
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
  const ThreadOptions& options() const { return options_; }

  // The job is dropped at once (RPC_E_DISCONNECTED) when the thread takes no more.
  void Queue(const std::shared_ptr<Job>& job);
  // The job that runs at this moment, or is next to; null when there is none.
  std::shared_ptr<Job> Current();
  // Whether the job that runs at this moment, the innermost, was given up.
  bool GivenUp();
  // CoCancelCall on the call that a running job is blocked in, E_NOINTERFACE when it does not run; blocks up
  // to the timeout.
  static HRESULT Cancel(const std::shared_ptr<Job>& job, ULONG seconds);
  // Nobody can give it work any more: it ends when it has done what is queued.
  void Retire();
  // Takes no more work, drops what is queued, gives up what runs. The thread ends when that is back.
  void Close();

  // For threads of its apartment, itself among them: carries out its jobs, sleeping and pumping as the
  // apartment must, until `done`, which is asked after every Poke and at least every `period` milliseconds.
  void ServeUntil(const std::function<bool()>& done, DWORD period);
  // Has everyone who serves ask again.
  void Poke();

  // Whether the calling thread may use the pointers that are at home here.
  bool InApartment() const;
  // Takes a share of an interface pointer of this apartment.
  std::shared_ptr<Pointer> Adopt(IUnknown* object);
  // The interface behind a pointer, for a thread of its apartment: RPC_E_WRONG_THREAD for any other,
  // RPC_E_DISCONNECTED when its home has ended.
  static HRESULT Resolve(const Pointer& pointer, REFIID iid, void** object);
  // Nobody holds the pointer any more.
  void Forget(Key pointer);

 private:
  using Object = Microsoft::WRL::ComPtr<IUnknown>;

  static unsigned __stdcall ThreadMain(void* self);
  void Main();
  HRESULT EnterApartment();
  void ReleaseForgotten();
  void ReleaseAll();

  const ThreadOptions options_;
  const std::shared_ptr<Outbox> outbox_;
  const Key started_;
  UniqueHandle handle_;
  DWORD id_ = 0;

  // What JavaScript's thread takes: held for moments only.
  Lock queue_lock_;
  Condition queue_changed_;
  UniqueHandle queue_event_;  // single-threaded apartments wait on this instead, pumping
  unsigned long pokes_ = 0;
  std::deque<std::shared_ptr<Job>> queue_;
  std::vector<std::shared_ptr<Job>> running_;  // the innermost last
  std::vector<Object> forgotten_;
  bool retired_ = false;
  bool closed_ = false;

  Lock pointers_lock_;
  std::unordered_map<Key, Object> pointers_;
  Key last_pointer_ = 0;
  bool ended_ = false;

  std::shared_ptr<Runner> runner_;  // its own thread's, set before the first job
};

}  // namespace com_cancel
