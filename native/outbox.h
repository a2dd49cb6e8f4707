// What threads have to tell one JavaScript environment: queued here, delivered by one thread-safe function.
#pragma once

#include <node_api.h>

#include <cstdint>
#include <vector>

#include "win.h"

namespace com_cancel {

// Names a callback of the environment (a job, a cancel under way) or a cancel object of its.
using Key = std::uint64_t;

struct Message {
  enum class Kind {
    kDone,         // an operation ended with `hresult`
    kCanceled,     // a cancel object was canceled by another thread, with a timeout of `seconds`
    kThreadEnded,  // a ComThread is over
  };
  Kind kind;
  Key key;
  HRESULT hresult = S_OK;
  ULONG seconds = 0;
};

// Outlives its environment: threads hold it, and post into the void once it is closed.
class Outbox {
 public:
  // `wake` must live until Close.
  void Open(napi_threadsafe_function wake);
  // From any thread; never blocks on JavaScript.
  void Post(const Message& message);
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
