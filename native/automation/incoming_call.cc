// IncomingCall, a call that COM makes to an object implemented in JavaScript: its reply.
#include "automation/incoming_call.h"

namespace com_cancel {

void IncomingCall::Answer(Reply reply) {
  {
    const Guard guard(lock_);
    if (!reply_) reply_ = std::move(reply);
  }
  home->WakeServers();
}

void IncomingCall::Answer(HRESULT hresult) {
  Reply reply;
  reply.hresult = hresult;
  Answer(std::move(reply));
}

bool IncomingCall::answered() {
  const Guard guard(lock_);
  return reply_.has_value();
}

std::optional<Reply> IncomingCall::TakeReply() {
  const Guard guard(lock_);
  return std::move(reply_);
}

}  // namespace com_cancel
