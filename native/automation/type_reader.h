// TypeReader, which reads the interfaces and classes of type information.
#pragma once

#include <wrl/client.h>

#include <string>
#include <vector>

#include "automation/description.h"
#include "automation/inquiry.h"
#include "automation/type_names.h"
#include "host/win.h"
// After win.h, which it needs.
#include <oaidl.h>

namespace com_cancel {

// The dispinterface of a dual interface: it has functions as IDispatch calls them.
Microsoft::WRL::ComPtr<ITypeInfo> LateBound(Inquiry& inquiry, Microsoft::WRL::ComPtr<ITypeInfo> type);

class TypeReader {
 public:
  explicit TypeReader(Inquiry& inquiry) : inquiry_(inquiry), names_(inquiry) {}

  InterfaceDescription InterfaceOf(ITypeInfo* type, const TYPEATTR& attributes);
  // A class without its interfaces.
  ClassDescription ClassOf(ITypeInfo* type, const TYPEATTR& attributes);
  // The interface of a class by its index; null where the type information is incomplete.
  Microsoft::WRL::ComPtr<ITypeInfo> ImplementedBy(ITypeInfo* type, UINT index);
  // The enumerations that were named by what was read.
  std::vector<EnumDescription> TakeEnums() { return names_.TakeEnums(); }

 private:
  void AddFunction(ITypeInfo* type, const FUNCDESC& function, InterfaceDescription& into);
  ParameterDescription ParameterOf(ITypeInfo* type, const ELEMDESC& element, std::u16string name);
  void AddVariable(ITypeInfo* type, const VARDESC& variable, InterfaceDescription& into);

  Inquiry& inquiry_;
  TypeNames names_;
};

}  // namespace com_cancel
