// Outbox, the queue of messages from threads to one JavaScript environment, delivered by one thread-safe
// function.
#pragma once

#include <node_api.h>

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "automation/incoming_call.h"
#include "host/win.h"
#include "hosting/host_process.h"
#include "threads/mailbox.h"

namespace com_cancel {

// Identifies an ObjectHandle in its environment.
enum class HandleId : std::uint64_t {};
// Identifies a watchdog in its environment.
enum class WatchdogId : std::uint32_t {};

namespace message {

struct JobDone {
  JobId job;
  HRESULT hresult;
  std::unique_ptr<JobResult> result;
  Cancellation cancellation;
};
struct JobOverdue {
  JobId job;
  Cancellation cancellation;
};
struct Done {
  CallbackId callback;
  HRESULT hresult;
};
struct ThreadEnded {
  ComThreadId thread;
};
// Another thread has canceled a cancel object.
struct Canceled {
  HandleId object;
  ULONG seconds;
};
// The call object whose listener has this callback was signaled, or was released.
struct CallSignaled {
  CallbackId signaled;
};
struct CallReleased {
  CallbackId signaled;
};
struct Incoming {
  std::shared_ptr<IncomingCall> call;
};
struct IncomingCanceled {
  CallKey call;
};
struct ImplementationReleased {
  ImplementationId implementation;
};
// A host process was started, or could not be. `ended` is that of HostEnded.
struct HostStarted {
  CallbackId done;
  CallbackId ended;
  HRESULT hresult;
  std::shared_ptr<hosting::HostProcess> host;
  std::u16string detail;
};
struct HostEnded {
  CallbackId ended;
  hosting::HostEnd end;
};
// A watchdog asks for a heartbeat of the event loop.
struct Heartbeat {
  WatchdogId watchdog;
};

}  // namespace message

using Message = std::variant<message::JobDone, message::JobOverdue, message::Done, message::ThreadEnded,
                             message::Canceled, message::Incoming, message::IncomingCanceled,
                             message::ImplementationReleased, message::HostStarted, message::HostEnded,
                             message::CallSignaled, message::CallReleased, message::Heartbeat>;

// Outlives its environment: threads share it, and messages that are posted after Close are dropped.
class Outbox final : public Mailbox, public CallReceiver {
 public:
  // `wake` must live until Close.
  void Open(napi_threadsafe_function wake);

  void PostJobDone(JobId job, HRESULT hresult, std::unique_ptr<JobResult> result,
                   const Cancellation& cancellation) override;
  void PostJobOverdue(JobId job, const Cancellation& cancellation) override;
  void PostDone(CallbackId callback, HRESULT hresult) override;
  void PostThreadEnded(ComThreadId thread) override;
  bool PostIncoming(std::shared_ptr<IncomingCall> call) override;
  void PostIncomingCanceled(CallKey call) override;
  void PostImplementationReleased(ImplementationId implementation) override;
  void PostCanceled(HandleId object, ULONG seconds);
  void PostCallSignaled(CallbackId signaled);
  void PostCallReleased(CallbackId signaled);
  void PostHostStarted(message::HostStarted started);
  void PostHostEnded(message::HostEnded ended);
  void PostHeartbeat(WatchdogId watchdog);
  bool closed() override;

  // On the environment's thread.
  std::vector<Message> Take();
  // On the environment's thread, before the environment goes away: from now on no message reaches it.
  void Close();

 private:
  // From any thread; never blocks on JavaScript. False once closed: the message is dropped.
  bool Post(Message message);

  Lock lock_;
  napi_threadsafe_function wake_ = nullptr;
  std::vector<Message> messages_;
};

}  // namespace com_cancel
