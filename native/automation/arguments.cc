// Arguments, the VARIANTs of one late-bound call.
#include "automation/arguments.h"

#include "automation/scalar_codecs.h"

namespace com_cancel {

HRESULT Arguments::Set(std::size_t slot, const Value& value, const PointerConversion& pointers,
                       RefusedType* refused) {
  VARIANT& argument = arguments_[slot];
  if (value.by_ref == ByReference::kNo || value.type == ValueType::kMissing) {
    return ToVariant(value, pointers, &argument, refused);
  }
  Variable& variable = variables_[slot];
  const HRESULT hr = ToVariant(value, pointers, &variable.variant, refused);
  if (FAILED(hr)) return hr;
  variable.used = true;
  variable.type = V_VT(&variable.variant);
  if (value.by_ref == ByReference::kVariant || variable.type == VT_EMPTY || variable.type == VT_NULL) {
    variable.type = VT_VARIANT;
    V_BYREF(&argument) = &variable.variant;
  } else {
    V_BYREF(&argument) = DataOf(variable.variant);
  }
  V_VT(&argument) = static_cast<VARTYPE>(VT_BYREF | variable.type);
  return S_OK;
}

HRESULT Arguments::Get(std::size_t slot, const PointerConversion& pointers, Value* value,
                       RefusedType* refused) const {
  // Through the argument, not from the variable: a server may have replaced the argument itself.
  const HRESULT hr = FromVariant(arguments_[slot], pointers, value, refused);
  value->by_ref = ByReference::kNo;
  return hr;
}

void Arguments::Abandon(std::size_t slot) {
  VariantInit(&variables_[slot].variant);
  variables_[slot].type = VT_EMPTY;
}

Arguments::~Arguments() {
  for (VARIANT& argument : arguments_) VariantClear(&argument);
  for (Variable& variable : variables_) {
    if (variable.used && variable.type != VT_VARIANT) V_VT(&variable.variant) = variable.type;
    VariantClear(&variable.variant);
  }
}

}  // namespace com_cancel
