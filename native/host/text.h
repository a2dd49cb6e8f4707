// UTF-16 strings: conversions between C++ and Windows, where wchar_t is UTF-16.
#pragma once

#include <string>

#include "host/win.h"
// After windows.h, which it needs.
#include <oleauto.h>

namespace com_cancel {

inline const wchar_t* Wide(const std::u16string& text) {
  return reinterpret_cast<const wchar_t*>(text.c_str());
}

inline std::u16string FromWide(const std::wstring& text) { return {text.begin(), text.end()}; }

// Lower case by the invariant locale, so that names match in the same way for every user.
std::u16string Lower(const wchar_t* text);

// A GUID in lower case, without braces.
std::u16string GuidText(REFGUID guid);

// A copy of the BSTR, which is freed.
std::u16string TakeText(BSTR text);
// A new BSTR; null for an empty string, which means the same to Automation.
BSTR NewText(const std::u16string& text);

}  // namespace com_cancel
