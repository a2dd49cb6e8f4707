// What threads have to tell one JavaScript environment: queued here, delivered by one thread-safe function.
#pragma once

#include <node_api.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "host/win.h"

namespace com_cancel {

struct Outcome;
struct Incoming;

// Names a callback of the environment (a job, a cancel under way), an object or an incoming call of its.
using Key = std::uint64_t;

struct Message {
  enum class Kind {
    kDone,              // an operation ended with `hresult`, and `outcome` where it has more to say
    kCanceled,          // a cancel object was canceled by another thread, with a timeout of `seconds`
    kThreadEnded,       // a ComThread is over
    kIncoming,          // COM calls an implementation: `incoming`
    kIncomingCanceled,  // whoever made that call canceled it
    kForgotten,         // nobody holds an implementation any more
  };

  Message(Kind kind, Key key, HRESULT hresult = S_OK);
  Message(Key key, std::unique_ptr<Outcome> outcome);
  Message(Message&&) noexcept;
  Message& operator=(Message&&) noexcept;
  ~Message();

  Kind kind;
  Key key;
  HRESULT hresult = S_OK;
  ULONG seconds = 0;
  std::unique_ptr<Outcome> outcome;
  std::shared_ptr<Incoming> incoming;
};

// Outlives its environment: threads hold it, and post into the void once it is closed.
class Outbox {
 public:
  // `wake` must live until Close.
  void Open(napi_threadsafe_function wake);
  // From any thread; never blocks on JavaScript. False once closed: the message is lost.
  bool Post(Message message);
  bool closed();
  // On the environment's thread.
  std::vector<Message> Take();
  // On the environment's thread, before it goes away: from now on nothing reaches it.
  void Close();

 private:
  Lock lock_;
  napi_threadsafe_function wake_ = nullptr;
  std::vector<Message> messages_;
};

}  // namespace com_cancel
