// Arguments, the VARIANTs of one late-bound call.
#pragma once

#include <cstddef>
#include <vector>

#include "automation/value.h"
#include "automation/variant.h"

namespace com_cancel {

// The arguments of one Invoke, with the variables that by-reference arguments point to.
class Arguments {
 public:
  // Throws std::bad_alloc.
  explicit Arguments(std::size_t count) : arguments_(count), variables_(count) {}
  Arguments(const Arguments&) = delete;
  Arguments& operator=(const Arguments&) = delete;
  ~Arguments();

  // At most once for each slot; a slot that was not set is VT_EMPTY. By reference, a value becomes VT_BYREF
  // of its type; empty and null become VT_BYREF|VT_VARIANT. A missing argument is always by value.
  HRESULT Set(std::size_t slot, const Value& value, const PointerConversion& pointers,
              RefusedType* refused = nullptr);

  // For DISPPARAMS, whose order the slots have.
  VARIANT* data() { return arguments_.data(); }
  UINT count() const { return static_cast<UINT>(arguments_.size()); }

  bool by_ref(std::size_t slot) const { return variables_[slot].used; }
  // After the call: the value that the server left in a slot.
  HRESULT Get(std::size_t slot, const PointerConversion& pointers, Value* value,
              RefusedType* refused = nullptr) const;
  // After a failed call: what it left in a by-reference slot belongs to nobody, and is not freed.
  void Abandon(std::size_t slot);

 private:
  struct Variable {
    VARIANT variant{};
    // Kept apart: a server that writes a DECIMAL overwrites the type in the VARIANT.
    VARTYPE type = VT_EMPTY;
    bool used = false;
  };

  // Never resized: the server has their addresses.
  std::vector<VARIANT> arguments_;
  std::vector<Variable> variables_;
};

}  // namespace com_cancel
