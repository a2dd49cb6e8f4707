// UTF-16 strings: conversions between C++ and Windows.
#include "host/text.h"

namespace com_cancel {

std::u16string Lower(const wchar_t* text) {
  std::wstring lower(text);
  const int length = static_cast<int>(lower.size());
  LCMapStringEx(LOCALE_NAME_INVARIANT, LCMAP_LOWERCASE, lower.data(), length, lower.data(), length, nullptr,
                nullptr, 0);
  return {lower.begin(), lower.end()};
}

std::u16string GuidText(REFGUID guid) {
  constexpr int kLength = 39;  // with the braces and the NUL
  wchar_t text[kLength] = L"";
  if (StringFromGUID2(guid, text, kLength) == 0) return {};
  return Lower(text).substr(1, kLength - 3);
}

std::u16string TakeText(BSTR text) {
  std::u16string taken;
  if (text) taken.assign(text, text + SysStringLen(text));
  SysFreeString(text);
  return taken;
}

BSTR NewText(const std::u16string& text) {
  return text.empty() ? nullptr : SysAllocStringLen(Wide(text), static_cast<UINT>(text.size()));
}

}  // namespace com_cancel
