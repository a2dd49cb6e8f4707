// A call that COM makes to an implementation in JavaScript, from when it comes in until it is answered.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "automation/call.h"
#include "node/outbox.h"
#include "threads/com_thread.h"

namespace com_cancel {

// Shared by the thread that waits and the environment that answers.
struct Incoming {
  Key key = 0;
  Key implementation = 0;
  DISPID dispid = 0;
  WORD flags = 0;
  std::vector<Value> args;
  DWORD thread = GetCurrentThreadId();
  std::shared_ptr<ComThread> home;
  std::atomic<bool> canceled{false};

  // The first answer counts.
  void Answer(Reply reply) {
    {
      const Guard guard(lock);
      if (!answer) answer = std::move(reply);
    }
    home->Poke();
  }
  void Refuse(HRESULT hresult) {
    Reply reply;
    reply.hresult = hresult;
    Answer(std::move(reply));
  }
  bool Answered() {
    const Guard guard(lock);
    return answer.has_value();
  }

  Lock lock;
  std::optional<Reply> answer;
};

}  // namespace com_cancel
