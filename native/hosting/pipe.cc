// Messages on a pipe of bytes.
#include "hosting/pipe.h"

namespace com_cancel::hosting {
namespace {

// The number of bytes read, less than `size` at the end of the pipe.
DWORD Read(HANDLE pipe, std::uint8_t* data, DWORD size) {
  DWORD done = 0;
  while (done < size) {
    DWORD read = 0;
    // A write of no bytes ends a read without a failure: only a failure is the end.
    if (!ReadFile(pipe, data + done, size - done, &read, nullptr)) break;
    done += read;
  }
  return done;
}

}  // namespace

Arrival Receive(HANDLE pipe, Bytes& content) {
  std::uint8_t raw[4]{};
  const DWORD read = Read(pipe, raw, sizeof raw);
  if (read == 0) return Arrival::kEnd;
  if (read < sizeof raw) return Arrival::kTruncated;
  const std::uint32_t length =
      raw[0] | std::uint32_t{raw[1]} << 8 | std::uint32_t{raw[2]} << 16 | std::uint32_t{raw[3]} << 24;
  if (length == 0 || length > kLongest) return Arrival::kBadLength;
  content.resize(length);
  return Read(pipe, content.data(), length) == length ? Arrival::kMessage : Arrival::kTruncated;
}

bool Send(HANDLE pipe, const Bytes& message) {
  DWORD done = 0;
  while (done < message.size()) {
    DWORD written = 0;
    if (!WriteFile(pipe, message.data() + done, static_cast<DWORD>(message.size()) - done, &written, nullptr))
      return false;
    done += written;
  }
  return true;
}

}  // namespace com_cancel::hosting
