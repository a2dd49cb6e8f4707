// Descriptions that an ITypeInfo lends, given back by their owners.
#pragma once

#include <memory>

#include "host/returned.h"
#include "host/win.h"
// After win.h, which it needs.
#include <oaidl.h>

namespace com_cancel {

class GiveBack {
 public:
  explicit GiveBack(ITypeInfo* type) : type_(type) {}
  void operator()(TYPEATTR* attributes) const { type_->ReleaseTypeAttr(attributes); }
  void operator()(FUNCDESC* function) const { type_->ReleaseFuncDesc(function); }
  void operator()(VARDESC* variable) const { type_->ReleaseVarDesc(variable); }

 private:
  ITypeInfo* type_;
};

// Null when the type has none; `result`: why not. `type` must outlive it.
inline std::unique_ptr<TYPEATTR, GiveBack> AttributesOf(ITypeInfo* type, HRESULT* result = nullptr) {
  TYPEATTR* attributes = nullptr;
  const HRESULT hr = Returned(type->GetTypeAttr(&attributes), attributes);
  if (result) *result = hr;
  return {attributes, GiveBack(type)};
}
inline std::unique_ptr<FUNCDESC, GiveBack> FunctionOf(ITypeInfo* type, UINT index,
                                                      HRESULT* result = nullptr) {
  FUNCDESC* function = nullptr;
  const HRESULT hr = Returned(type->GetFuncDesc(index, &function), function);
  if (result) *result = hr;
  return {function, GiveBack(type)};
}
inline std::unique_ptr<VARDESC, GiveBack> VariableOf(ITypeInfo* type, UINT index, HRESULT* result = nullptr) {
  VARDESC* variable = nullptr;
  const HRESULT hr = Returned(type->GetVarDesc(index, &variable), variable);
  if (result) *result = hr;
  return {variable, GiveBack(type)};
}

}  // namespace com_cancel
