// VARIANTs to and from plain values, on the threads of COM.
//
// None of these functions throws but where it says so. What can't be converted is DISP_E_BADVARTYPE, and
// `refused`, when given, is then the VARTYPE in question; what is nested too deep is DISP_E_OVERFLOW; what
// contradicts itself (a value without its data, an array with too few elements, a scale of 200) is
// E_INVALIDARG.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "automation/value.h"
#include "host/win.h"
// After windows.h, which it needs.
#include <oleauto.h>

namespace com_cancel {

// What interface pointers are in a value.
struct PointerConversion {
  // The interface (IDispatch's or IUnknown's) of what the value holds, with a reference for the caller.
  std::function<HRESULT(const std::shared_ptr<Pointer>& pointer, REFIID wanted, IUnknown** object)> resolve;
  // A value's share of an object, with a reference of its own. `object` is what the VARIANT had.
  std::function<std::shared_ptr<Pointer>(IUnknown* object)> adopt;
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
  // For who fills it: empty again.
  VARIANT* Receive() {
    VariantClear(&variant_);
    return &variant_;
  }
  // From now on the caller owns it.
  VARIANT Detach() {
    VARIANT detached = variant_;
    VariantInit(&variant_);
    return detached;
  }

 private:
  VARIANT variant_;
};

// Makes a VARIANT by value, whatever `by_ref` says. What `variant` held before is overwritten, not freed;
// after a failure it is VT_EMPTY.
HRESULT ToVariant(const Value& value, const PointerConversion& pointers, VARIANT* variant,
                  VARTYPE* refused = nullptr);

// Reads a VARIANT and leaves it as it is. References are followed: `by_ref` tells that there was one. An
// array that was never allocated is one without elements.
HRESULT FromVariant(const VARIANT& variant, const PointerConversion& pointers, Value* value,
                    VARTYPE* refused = nullptr);

// Puts a value where a by-reference VARIANT points to, as the type that belongs there, and frees what was
// there before. DISP_E_TYPEMISMATCH or DISP_E_OVERFLOW when it doesn't become that type, and nothing has
// changed.
HRESULT PutThrough(const VARIANT& reference, const Value& value, const PointerConversion& pointers,
                   VARTYPE* refused = nullptr);

// The arguments of one Invoke, and what the ones by reference point to.
class Arguments {
 public:
  // Throws std::bad_alloc.
  explicit Arguments(std::size_t count) : arguments_(count), cells_(count) {}
  Arguments(const Arguments&) = delete;
  Arguments& operator=(const Arguments&) = delete;
  ~Arguments();

  // Once for each slot; a slot left alone is VT_EMPTY. By reference, a value of a type is VT_BYREF of that
  // type, one without (empty or null) is VT_BYREF|VT_VARIANT. One that is missing is always by value.
  HRESULT Set(std::size_t slot, const Value& value, const PointerConversion& pointers,
              VARTYPE* refused = nullptr);

  // For DISPPARAMS; the slots are in its order, which is the caller's affair.
  VARIANT* data() { return arguments_.data(); }
  UINT count() const { return static_cast<UINT>(arguments_.size()); }

  bool by_ref(std::size_t slot) const { return cells_[slot].used; }
  // After the call: what the server left in a slot.
  HRESULT Get(std::size_t slot, const PointerConversion& pointers, Value* value,
              VARTYPE* refused = nullptr) const;

 private:
  struct Cell {
    VARIANT variant{};
    // A DECIMAL written into the cell overwrites the type.
    VARTYPE type = VT_EMPTY;
    bool used = false;
  };

  // Never resized: servers know their addresses.
  std::vector<VARIANT> arguments_;
  std::vector<Cell> cells_;
};

// What Automation calls a type: `VT_ARRAY|VT_RECORD (8228)`. Throws std::bad_alloc.
std::string NameOfVartype(VARTYPE type);

}  // namespace com_cancel
