// The text of the system for an HRESULT.
#include "host/system_text.h"

#include <array>

namespace com_cancel {

std::u16string SystemText(HRESULT hresult) {
  constexpr DWORD kMost = 1024;
  std::array<wchar_t, kMost> text{};
  // No inserts: there are no arguments for them.
  const DWORD length = FormatMessageW(
      FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS | FORMAT_MESSAGE_MAX_WIDTH_MASK, nullptr,
      static_cast<DWORD>(hresult), 0, text.data(), kMost, nullptr);
  std::u16string found(text.begin(), text.begin() + length);
  while (!found.empty() && (found.back() == u' ' || found.back() == u'.')) found.pop_back();
  return found;
}

}  // namespace com_cancel
