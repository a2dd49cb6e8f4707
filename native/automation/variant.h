// Conversions between VARIANTs and Values, for threads of an apartment.
//
// The functions do not throw except where documented. They return DISP_E_BADVARTYPE for a type that can't be
// converted, and then describe it in `refused`, when given; DISP_E_OVERFLOW for arrays nested too deeply; and
// E_INVALIDARG for inconsistent input (a value without data, an array with too few elements, a scale of 200).
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "automation/value.h"
#include "host/win.h"
// After windows.h, which it needs.
#include <oleauto.h>

namespace com_cancel {

// A type that can't be converted.
struct RefusedType {
  VARTYPE vartype = VT_EMPTY;
  std::u16string record;  // of VT_RECORD: its name, if it has one
};

// Converts between interface pointers and the Pointers in values.
struct PointerConversion {
  // Returns the interface (IDispatch or IUnknown) behind a Pointer, with a reference for the caller.
  std::function<HRESULT(const std::shared_ptr<Pointer>& pointer, REFIID wanted, IUnknown** object)> resolve;
  // Returns a Pointer with a reference of its own to the object of a VARIANT.
  std::function<std::shared_ptr<Pointer>(IUnknown* object)> hold;
};

// Owns what a VARIANT holds.
class OwnedVariant {
 public:
  OwnedVariant() { VariantInit(&variant_); }
  OwnedVariant(OwnedVariant&& other) noexcept : variant_(other.Detach()) {}
  OwnedVariant& operator=(OwnedVariant&& other) noexcept {
    std::swap(variant_, other.variant_);
    return *this;
  }
  ~OwnedVariant() { VariantClear(&variant_); }

  const VARIANT& get() const { return variant_; }
  // Empties it, for a function that fills it.
  VARIANT* Receive() {
    VariantClear(&variant_);
    return &variant_;
  }
  // Leaves it empty. The caller owns the result.
  VARIANT Detach() {
    VARIANT detached = variant_;
    VariantInit(&variant_);
    return detached;
  }

 private:
  VARIANT variant_;
};

// Creates a VARIANT by value; `by_ref` is ignored. `variant` is overwritten, not freed; after a failure it is
// VT_EMPTY.
HRESULT ToVariant(const Value& value, const PointerConversion& pointers, VARIANT* variant,
                  RefusedType* refused = nullptr);

// Reads a VARIANT, which does not change. Follows references, and sets `by_ref` when there was one. An array
// that was never allocated is read as one without elements.
HRESULT FromVariant(const VARIANT& variant, const PointerConversion& pointers, Value* value,
                    RefusedType* refused = nullptr);

// The name that Automation has for a type: `VT_ARRAY|VT_RECORD (8228)`. Throws std::bad_alloc.
std::string NameOfVartype(VARTYPE type);

// The message of a value that was refused: `a result of type VT_RECORD (36), record PrimePoint, can't be
// converted`. Throws std::bad_alloc.
std::u16string DescribeRefusal(const char* what, const RefusedType& refused);

}  // namespace com_cancel
