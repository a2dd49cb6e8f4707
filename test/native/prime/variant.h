// Variant, a VARIANT that its destructor clears, and Failure, the exception of methods.
#pragma once

#include "host/win.h"
// After win.h, which they need.
#include <oleauto.h>

#include <string_view>

namespace prime {

// Thrown to end a method; Invoke returns `hresult`.
struct Failure {
  HRESULT hresult;
  // The index of the argument at fault in DISPPARAMS::rgvarg, as in puArgErr.
  UINT argument = 0;
};

inline void Check(HRESULT hr) {
  if (FAILED(hr)) throw Failure{hr};
}

class Variant {
 public:
  Variant() { VariantInit(&value_); }
  explicit Variant(const VARIANT& owned) : value_(owned) {}
  Variant(const Variant&) = delete;
  Variant& operator=(const Variant&) = delete;
  Variant(Variant&& other) noexcept : value_(other.Detach()) {}
  Variant& operator=(Variant&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~Variant() { VariantClear(&value_); }

  static Variant Bool(bool value);
  static Variant Long(long value);
  static Variant Text(std::wstring_view text);
  // Takes a reference.
  static Variant Dispatch(IDispatch* object);
  static Variant Unknown(IUnknown* object);
  // A copy that is not by reference, for results and stored values.
  static Variant CopyOf(const VARIANT& source);
  // Converted as Automation converts, independent of the user's language.
  static Variant Converted(const VARIANT& source, VARTYPE type);

  VARIANT* get() { return &value_; }
  const VARIANT& operator*() const { return value_; }
  VARIANT* operator->() { return &value_; }
  const VARIANT* operator->() const { return &value_; }

  VARIANT Detach() noexcept {
    const VARIANT detached = value_;
    VariantInit(&value_);
    return detached;
  }

 private:
  VARIANT value_;
};

// For functions that MinGW-w64 declares without const.
inline VARIANT* Readable(const VARIANT& value) { return const_cast<VARIANT*>(&value); }

// Throws E_OUTOFMEMORY.
BSTR NewBstr(std::wstring_view text);

inline std::wstring_view ViewOf(BSTR text) { return {text ? text : L"", SysStringLen(text)}; }

}  // namespace prime
