// IncomingCalls, the calls that COM makes to an environment's implementations.
#include "node/incoming_calls.h"

#include "node/call_function.h"
#include "node/integer.h"
#include "node/js_call.h"

namespace com_cancel {

ImplementationId IncomingCalls::Add(Napi::Object implementation) {
  const ImplementationId id{++last_id_};
  implementations_[id] = Napi::Persistent(implementation);
  return id;
}

void IncomingCalls::Receive(const std::shared_ptr<IncomingCall>& call) {
  const Napi::HandleScope scope(env_);
  const auto implementation = implementations_.find(call->implementation);
  if (implementation == implementations_.end()) return call->Answer(RPC_E_DISCONNECTED);
  unanswered_[call->key] = call;
  try {
    const Napi::Object object = implementation->second.Value();
    CallFunction(env_, object, object.Get("invoke"), {IncomingTo(env_, *call)});
  } catch (const Napi::Error&) {
    unanswered_.erase(call->key);
    call->Answer(E_OUTOFMEMORY);
  }
}

void IncomingCalls::NotifyCanceled(CallKey call) {
  const auto entry = unanswered_.find(call);
  if (entry == unanswered_.end()) return;
  const auto implementation = implementations_.find(entry->second->implementation);
  if (implementation == implementations_.end()) return;
  const Napi::HandleScope scope(env_);
  const Napi::Object object = implementation->second.Value();
  CallFunction(env_, object, object.Get("canceled"), {IntegerTo(env_, call)});
}

void IncomingCalls::Answer(CallKey call, Napi::Value reply) {
  const auto entry = unanswered_.find(call);
  if (entry == unanswered_.end()) return;
  Reply converted = ReplyFrom(reply);
  const auto answered = entry->second;
  unanswered_.erase(entry);
  answered->Answer(std::move(converted));
}

HRESULT IncomingCalls::Test(CallKey call) const {
  const auto entry = unanswered_.find(call);
  if (entry == unanswered_.end()) return RPC_E_CALL_COMPLETE;
  return entry->second->canceled ? RPC_E_CALL_CANCELED : RPC_S_CALLPENDING;
}

void IncomingCalls::RejectAll() {
  for (const auto& [key, call] : unanswered_) call->Answer(RPC_E_DISCONNECTED);
  unanswered_.clear();
}

}  // namespace com_cancel
