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

 private:
  ITypeInfo* type_;
};

// Null when the type has none. `type` must outlive it.
inline std::unique_ptr<TYPEATTR, GiveBack> AttributesOf(ITypeInfo* type) {
  TYPEATTR* attributes = nullptr;
  static_cast<void>(Returned(type->GetTypeAttr(&attributes), attributes));
  return {attributes, GiveBack(type)};
}
inline std::unique_ptr<FUNCDESC, GiveBack> FunctionOf(ITypeInfo* type, UINT index) {
  FUNCDESC* function = nullptr;
  static_cast<void>(Returned(type->GetFuncDesc(index, &function), function));
  return {function, GiveBack(type)};
}

}  // namespace com_cancel
