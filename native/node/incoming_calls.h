// IncomingCalls, the calls that COM makes to an environment's implementations.
#pragma once

#include <napi.h>

#include <memory>
#include <unordered_map>

#include "automation/incoming_call.h"

namespace com_cancel {

// For the environment's thread only.
class IncomingCalls {
 public:
  explicit IncomingCalls(napi_env env) : env_(env) {}

  // Keeps binding.d.ts's Implementation until the COM object has no reference left.
  ImplementationId Add(Napi::Object implementation);
  void Remove(ImplementationId implementation) { implementations_.erase(implementation); }

  // Calls `invoke` of the implementation.
  void Receive(const std::shared_ptr<IncomingCall>& call);
  // Calls `canceled` of the implementation, unless the call was answered.
  void NotifyCanceled(CallKey call);

  // Does nothing for a call that was answered before.
  void Answer(CallKey call, Napi::Value reply);
  // RPC_S_CALLPENDING, RPC_E_CALL_CANCELED, or RPC_E_CALL_COMPLETE once answered.
  HRESULT Test(CallKey call) const;

  // Answers all calls with RPC_E_DISCONNECTED. Does not enter JavaScript.
  void RejectAll();
  void RemoveImplementations() { implementations_.clear(); }

 private:
  const Napi::Env env_;
  std::uint64_t last_id_ = 0;
  std::unordered_map<ImplementationId, Napi::ObjectReference> implementations_;
  std::unordered_map<CallKey, std::shared_ptr<IncomingCall>> unanswered_;
};

}  // namespace com_cancel
