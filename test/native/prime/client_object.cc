// Object and Outcome: the creation of objects, and values as text.
#include "client_object.h"

#include <cstdio>

namespace prime {
namespace {

std::string Utf8(std::wstring_view text) {
  const int length = static_cast<int>(text.size());
  std::string bytes(
      static_cast<size_t>(WideCharToMultiByte(CP_UTF8, 0, text.data(), length, nullptr, 0, nullptr, nullptr)),
      '\0');
  WideCharToMultiByte(CP_UTF8, 0, text.data(), length, bytes.data(), static_cast<int>(bytes.size()), nullptr,
                      nullptr);
  return bytes;
}

std::string Hex(HRESULT hr) {
  char text[16];
  std::snprintf(text, sizeof text, "%08lX", static_cast<unsigned long>(hr));
  return text;
}

std::string TextOf(const VARIANT& value) {
  std::string type = "vt " + std::to_string(value.vt);
  if (value.vt == VT_ERROR) return type + ' ' + Hex(value.scode);
  if (value.vt & VT_ARRAY) {
    if (!value.parray) return type + " null";
    std::string text = type;
    for (UINT dimension = 1; dimension <= SafeArrayGetDim(value.parray); ++dimension) {
      LONG lower = 0;
      LONG upper = 0;
      SafeArrayGetLBound(value.parray, dimension, &lower);
      SafeArrayGetUBound(value.parray, dimension, &upper);
      text += " [" + std::to_string(lower) + ".." + std::to_string(upper) + ']';
    }
    const VARTYPE element = value.vt & VT_TYPEMASK;
    if (element == VT_DISPATCH || element == VT_UNKNOWN)
      text += *static_cast<IUnknown**>(value.parray->pvData) ? " of objects" : " of nulls";
    return text;
  }
  if (value.vt == VT_RECORD) return type + (value.pRecInfo ? " described" : " not described");
  if (value.vt == VT_DISPATCH || value.vt == VT_UNKNOWN) return type + (value.punkVal ? " object" : " null");
  try {
    return type + ' ' + Utf8(ViewOf(Variant::Converted(value, VT_BSTR)->bstrVal));
  } catch (const Failure&) {
    return type;
  }
}

}  // namespace

std::string Outcome::Text() const {
  if (SUCCEEDED(hresult)) return TextOf(*value);
  std::string text = Hex(hresult);
  if (hresult == DISP_E_EXCEPTION) {
    text += " scode " + Hex(exception.scode) + " code " + std::to_string(exception.wCode) + " \"" +
            Utf8(ViewOf(exception.bstrDescription)) + "\" from \"" + Utf8(ViewOf(exception.bstrSource)) +
            "\" help \"" + Utf8(ViewOf(exception.bstrHelpFile)) + "\" " +
            std::to_string(exception.dwHelpContext) + (exception.pfnDeferredFillIn ? " deferred" : "");
  } else if (hresult == DISP_E_TYPEMISMATCH || hresult == DISP_E_PARAMNOTFOUND ||
             hresult == DISP_E_OVERFLOW) {
    text += " argument " + std::to_string(argument);
  }
  Microsoft::WRL::ComPtr<IErrorInfo> info;
  if (GetErrorInfo(0, &info) == S_OK) {
    Variant description;
    description->vt = VT_BSTR;
    info->GetDescription(&description->bstrVal);
    text += " error info \"" + Utf8(ViewOf(description->bstrVal)) + '"';
  }
  return text;
}

void Print(const char* what, const Outcome& outcome) {
  std::printf("%-34s %s\n", what, outcome.Text().c_str());
}

Object::Object(const wchar_t* progid) {
  CLSID clsid;
  Check(CLSIDFromProgID(progid, &clsid));
  Check(CoCreateInstance(clsid, nullptr, CLSCTX_INPROC_SERVER | CLSCTX_LOCAL_SERVER, IID_PPV_ARGS(&object_)));
}

DISPID Object::Find(const wchar_t* name) const {
  std::wstring text = name;
  LPOLESTR names[] = {text.data()};
  DISPID id = DISPID_UNKNOWN;
  Check(object_->GetIDsOfNames(IID_NULL, names, 1, LOCALE_USER_DEFAULT, &id));
  return id;
}

}  // namespace prime
