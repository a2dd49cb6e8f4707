// What an object or a type library says about itself, as plain data that any thread may hold: binding.d.ts's
// ObjectDescription and LibraryDescription.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "automation/value.h"
#include "host/win.h"
// After win.h, which it needs.
#include <oaidl.h>

namespace com_cancel {

struct ParameterDescription {
  std::u16string name;
  std::u16string type;
  bool by_ref = false;
  bool optional = false;
  std::optional<Value> default_value;
};

struct MemberDescription {
  std::u16string name;
  DISPID dispid = DISPID_UNKNOWN;
  INVOKEKIND kind = INVOKE_FUNC;
  std::vector<ParameterDescription> parameters;
  std::u16string type;
  std::u16string help;
  bool hidden = false;
  bool restricted = false;
};

struct InterfaceDescription {
  std::u16string name;
  IID iid{};  // GUID_NULL: not known
  std::u16string help;
  std::vector<MemberDescription> members;
};

struct ClassDescription {
  std::u16string name;
  CLSID clsid{};
  std::u16string prog_id;
  std::u16string help;
};

struct ConstantDescription {
  std::u16string name;
  Value value;
  std::u16string help;
};

struct EnumDescription {
  std::u16string name;
  std::u16string help;
  std::vector<ConstantDescription> constants;
};

struct ObjectDescription {
  std::optional<ClassDescription> coclass;
  InterfaceDescription own;
  // The default one first.
  std::vector<InterfaceDescription> events;
  std::vector<EnumDescription> enums;
};

struct LibraryClassDescription {
  ClassDescription coclass;
  // The names of the default interface and the default event interface; empty where there is none.
  std::u16string own;
  std::u16string events;
};

struct LibraryDescription {
  std::u16string name;
  std::u16string help;
  std::vector<LibraryClassDescription> classes;
  // Those that IDispatch calls.
  std::vector<InterfaceDescription> interfaces;
  // Those that members use.
  std::vector<EnumDescription> enums;
};

}  // namespace com_cancel
