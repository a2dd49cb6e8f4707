// UTF-16 strings between C++ and Windows, where wchar_t is UTF-16.
#pragma once

#include <string>

#include "host/win.h"
// After windows.h, which it needs.
#include <oleauto.h>

namespace com_cancel {

inline const wchar_t* Wide(const std::u16string& text) {
  return reinterpret_cast<const wchar_t*>(text.c_str());
}

// Lower case, the same for every user: names are matched by it.
std::u16string Lower(const wchar_t* text);

// Frees the BSTR.
std::u16string TakeText(BSTR text);
// Null for an empty one, which is the same to Automation.
BSTR NewText(const std::u16string& text);

}  // namespace com_cancel
