// MessageFilter, the message filter of a single-threaded apartment: retries calls to busy servers, and ends a
// call whose job was canceled (M1).
#pragma once

#include "host/win.h"

namespace com_cancel {

class ComThread;

// Registered on its thread while it lives. Does nothing in the multithreaded apartment, which has no filters.
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
