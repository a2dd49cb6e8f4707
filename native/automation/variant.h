// Conversions between VARIANTs and Values, for threads of an apartment.
//
// The functions do not throw except where documented. They return DISP_E_BADVARTYPE for a type that can't be
// converted, and then describe it in `refused`, when given; DISP_E_OVERFLOW for arrays nested too deeply; and
// E_INVALIDARG for inconsistent input (a value without data, an array with too few elements, a scale of 200).
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "automation/refused_type.h"
#include "automation/value.h"
#include "host/win.h"
// After windows.h, which it needs.
#include <oleauto.h>

namespace com_cancel {

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

}  // namespace com_cancel
