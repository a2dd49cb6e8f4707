// Messages on a pipe of bytes.
#pragma once

#include "hosting/protocol.h"

namespace com_cancel::hosting {

enum class Arrival {
  kMessage,
  kEnd,        // the other end of the pipe was closed
  kTruncated,  // the same, within a message
  kBadLength,
};

// Blocks until a message has come, and reads its content. A read that CancelSynchronousIo ends is kEnd.
Arrival Receive(HANDLE pipe, Bytes& content);

// Writes a whole message (Encode). Blocks while the pipe is full. False when nobody reads it any more.
bool Send(HANDLE pipe, const Bytes& message);

}  // namespace com_cancel::hosting
