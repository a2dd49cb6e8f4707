// IncomingCall, a call that COM makes to an object implemented in JavaScript, until it is answered.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "automation/call.h"
#include "threads/com_thread.h"

namespace com_cancel {

enum class CallKey : std::uint64_t {};  // binding.d.ts's CallKey
// Identifies an Implementation in its environment.
enum class ImplementationId : std::uint64_t {};

// Shared by the thread that waits for the reply and the environment that sends it.
struct IncomingCall {
  const CallKey key;
  const ImplementationId implementation;
  const DISPID dispid;
  const WORD flags;
  const std::shared_ptr<ComThread> home;
  std::vector<Value> args;
  const DWORD thread = GetCurrentThreadId();
  std::atomic<bool> canceled{false};

  IncomingCall(CallKey key_, ImplementationId implementation_, DISPID dispid_, WORD flags_,
               std::shared_ptr<ComThread> home_)
      : key(key_), implementation(implementation_), dispid(dispid_), flags(flags_), home(std::move(home_)) {}

  // The first reply counts.
  void Answer(Reply reply);
  // A reply that is nothing but an HRESULT.
  void Answer(HRESULT hresult);
  bool answered();
  // None when there was no reply.
  std::optional<Reply> TakeReply();

 private:
  Lock lock_;
  std::optional<Reply> reply_;
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

}  // namespace com_cancel
