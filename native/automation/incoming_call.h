// IncomingCall, a call that COM makes to an object implemented in JavaScript, until it is answered.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "automation/call.h"
#include "threads/com_thread.h"

namespace com_cancel {

enum class CallKey : std::uint64_t {};  // binding.d.ts's CallKey
// Identifies an Implementation in its environment.
enum class ImplementationId : std::uint64_t {};

// A method of an interface that is called by vtable: binding.d.ts's IncomingCall.
struct SlotId {
  IID iid{};
  unsigned slot = 0;
};

// Shared by the thread that waits for the reply and the environment that sends it.
struct IncomingCall {
  // Takes the reply of a call that no thread waits for: RPC_E_DISCONNECTED where there will be none. Called
  // once, on any thread. Does not throw.
  using Replied = std::function<void(Reply reply)>;

  const CallKey key;
  const ImplementationId implementation;
  const DISPID dispid;
  const WORD flags;
  const std::shared_ptr<ComThread> home;
  std::vector<Value> args;
  std::optional<SlotId> method;  // of a call by vtable
  const DWORD thread = GetCurrentThreadId();
  std::atomic<bool> canceled{false};

  IncomingCall(CallKey key_, ImplementationId implementation_, DISPID dispid_, WORD flags_,
               std::shared_ptr<ComThread> home_)
      : key(key_), implementation(implementation_), dispid(dispid_), flags(flags_), home(std::move(home_)) {}
  ~IncomingCall();
  IncomingCall(const IncomingCall&) = delete;
  IncomingCall& operator=(const IncomingCall&) = delete;

  // Before the call is posted.
  void WhenReplied(Replied replied) { replied_ = std::move(replied); }
  // The call will not be posted.
  void DropReplied() { replied_ = nullptr; }
  // The first reply counts.
  void Answer(Reply reply);
  // A reply that is nothing but an HRESULT.
  void Answer(HRESULT hresult);
  bool answered();
  // None when there was no reply.
  std::optional<Reply> TakeReply();

 private:
  Lock lock_;
  bool answered_ = false;
  std::optional<Reply> reply_;  // for TakeReply
  Replied replied_;
};

// Takes the calls of Implementations. May be called from any thread; never blocks on JavaScript.
class CallReceiver {
 public:
  virtual ~CallReceiver() = default;

  // False once the environment is gone: the call will get no reply.
  virtual bool PostIncoming(std::shared_ptr<IncomingCall> call) = 0;
  // The caller has canceled the call.
  virtual void PostIncomingCanceled(CallKey call) = 0;
  // No reference to the implementation is left.
  virtual void PostImplementationReleased(ImplementationId implementation) = 0;
  // Whether the environment is gone.
  virtual bool closed() = 0;
};

// The calls of one Implementation to JavaScript.
struct ImplementationCalls {
  const std::shared_ptr<ComThread> home;
  const std::shared_ptr<CallReceiver> receiver;
  const ImplementationId id;

  std::shared_ptr<IncomingCall> New(DISPID member, WORD flags) const;
  // Posts a call and waits for its reply, on a thread of the apartment of `home`, which runs jobs meanwhile.
  // JavaScript is told when the caller cancels. None when there is no reply.
  std::optional<Reply> Ask(const std::shared_ptr<IncomingCall>& call) const;
};

// How often a thread that waits for a reply checks whether the environment is gone, in milliseconds.
inline constexpr DWORD kReplyPoll = 20;

}  // namespace com_cancel
