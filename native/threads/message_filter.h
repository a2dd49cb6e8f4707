// The message filter of a single-threaded apartment: asks busy servers again, lets waiting calls be given up
// (M1).
#pragma once

#include <wrl/client.h>

#include "host/win.h"

namespace com_cancel {

class ComThread;

// In force on its thread while it lives; nothing at all in the multithreaded apartment, which has none.
class MessageFilter {
 public:
  explicit MessageFilter(ComThread& thread);
  ~MessageFilter();
  MessageFilter(const MessageFilter&) = delete;
  MessageFilter& operator=(const MessageFilter&) = delete;

 private:
  bool registered_ = false;
};

}  // namespace com_cancel
