// IncomingCall, a call that COM makes to an object implemented in JavaScript: its reply, and the wait for it.
#include "automation/incoming_call.h"

#include <wrl/client.h>

#include <utility>

using Microsoft::WRL::ComPtr;

namespace com_cancel {
namespace {

std::atomic<std::uint64_t> last_key{0};

Reply ReplyOf(HRESULT hresult) {
  Reply reply;
  reply.hresult = hresult;
  return reply;
}

}  // namespace

IncomingCall::~IncomingCall() {
  if (replied_) replied_(ReplyOf(RPC_E_DISCONNECTED));
}

void IncomingCall::Answer(Reply reply) {
  Replied replied;
  {
    const Guard guard(lock_);
    if (answered_) return;
    answered_ = true;
    replied = std::exchange(replied_, nullptr);
    reply_ = std::move(reply);
  }
  if (replied) replied(*TakeReply());
  home->WakeServers();
}

void IncomingCall::Answer(HRESULT hresult) { Answer(ReplyOf(hresult)); }

bool IncomingCall::answered() {
  const Guard guard(lock_);
  return answered_;
}

std::optional<Reply> IncomingCall::TakeReply() {
  const Guard guard(lock_);
  return std::move(reply_);
}

std::shared_ptr<IncomingCall> ImplementationCalls::New(DISPID member, WORD flags) const {
  return std::make_shared<IncomingCall>(CallKey{++last_key}, id, member, flags, home);
}

std::optional<Reply> ImplementationCalls::Ask(const std::shared_ptr<IncomingCall>& call) const {
  ComPtr<ICancelMethodCalls> context;
  static_cast<void>(CoGetCallContext(IID_PPV_ARGS(&context)));  // none for a call inside the apartment
  if (!receiver->PostIncoming(call)) return std::nullopt;
  home->ServeUntil(
      [&] {
        if (call->answered() || receiver->closed()) return true;
        // The caller may have canceled, which nothing tells.
        if (context && !call->canceled && context->TestCancel() == RPC_E_CALL_CANCELED) {
          call->canceled = true;
          receiver->PostIncomingCanceled(call->key);
        }
        return false;
      },
      kReplyPoll);
  return call->TakeReply();
}

}  // namespace com_cancel
