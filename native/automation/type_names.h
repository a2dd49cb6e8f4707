// TypeNames, the names of the types of parameters and results, and the enumerations among these types.
#pragma once

#include <wrl/client.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "automation/description.h"
#include "automation/inquiry.h"
#include "host/win.h"
// After win.h, which it needs.
#include <oaidl.h>

namespace com_cancel {

// The name and the help text of a type, or of a member of it.
std::u16string Document(Inquiry& inquiry, ITypeInfo* type, MEMBERID member, std::u16string* help);

class TypeNames {
 public:
  explicit TypeNames(Inquiry& inquiry) : inquiry_(inquiry) {}

  // The name of a type that `type` uses. `by_ref`: whether a value is passed by reference.
  std::u16string NameOf(ITypeInfo* type, const TYPEDESC& described, bool* by_ref = nullptr);
  // The enumerations that were named.
  std::vector<EnumDescription> TakeEnums() { return std::move(enums_); }

 private:
  struct Referred {
    std::u16string name;
    bool is_object = false;
  };

  // `depth` guards against descriptions that contain themselves.
  std::u16string Name(ITypeInfo* type, const TYPEDESC& described, bool* by_ref, int depth);
  Referred Refer(ITypeInfo* type, HREFTYPE reference, int depth);
  void AddEnum(ITypeInfo* type, UINT constants, std::u16string name, std::u16string help);

  Inquiry& inquiry_;
  std::map<std::pair<ITypeInfo*, HREFTYPE>, Referred> referred_;
  // Keeps the pointers in `referred_` valid and different.
  std::vector<Microsoft::WRL::ComPtr<ITypeInfo>> kept_;
  std::vector<GUID> known_enums_;
  std::vector<EnumDescription> enums_;
};

}  // namespace com_cancel
