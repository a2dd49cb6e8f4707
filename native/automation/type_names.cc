// TypeNames, the names of the types of parameters and results.
#include "automation/type_names.h"

#include <algorithm>

#include "automation/variant.h"
#include "host/returned.h"
#include "host/text.h"

using Microsoft::WRL::ComPtr;

namespace com_cancel {
namespace {

constexpr int kDeepest = 16;

// Names of Automation's types as in binding.d.ts's VariantType; null for types that a name alone does not
// tell.
const char16_t* SimpleName(VARTYPE type) {
  switch (type) {
    case VT_EMPTY:
      return u"empty";
    case VT_NULL:
      return u"null";
    case VT_VOID:
      return u"void";
    case VT_BOOL:
      return u"bool";
    case VT_I1:
      return u"i1";
    case VT_UI1:
      return u"ui1";
    case VT_I2:
      return u"i2";
    case VT_UI2:
      return u"ui2";
    case VT_I4:
      return u"i4";
    case VT_UI4:
      return u"ui4";
    case VT_INT:
      return u"int";
    case VT_UINT:
      return u"uint";
    case VT_I8:
      return u"i8";
    case VT_UI8:
      return u"ui8";
    case VT_R4:
      return u"r4";
    case VT_R8:
      return u"r8";
    case VT_CY:
      return u"cy";
    case VT_DECIMAL:
      return u"decimal";
    case VT_DATE:
      return u"date";
    case VT_BSTR:
      return u"bstr";
    case VT_ERROR:
      return u"error";
    case VT_HRESULT:
      return u"hresult";
    case VT_DISPATCH:
      return u"dispatch";
    case VT_UNKNOWN:
      return u"unknown";
    case VT_VARIANT:
      return u"variant";
    case VT_LPSTR:
      return u"lpstr";
    case VT_LPWSTR:
      return u"lpwstr";
    case VT_INT_PTR:
      return u"int_ptr";
    case VT_UINT_PTR:
      return u"uint_ptr";
    default:
      return nullptr;
  }
}

bool IsObject(TYPEKIND kind) {
  return kind == TKIND_INTERFACE || kind == TKIND_DISPATCH || kind == TKIND_COCLASS;
}

}  // namespace

std::u16string Document(Inquiry& inquiry, ITypeInfo* type, MEMBERID member, std::u16string* help) {
  BSTR name = nullptr;
  BSTR text = nullptr;
  if (!inquiry.Succeeded(type->GetDocumentation(member, &name, help ? &text : nullptr, nullptr, nullptr)))
    return {};  // what a faulty server left there belongs to nobody
  if (help) *help = TakeText(text);
  return TakeText(name);
}

std::u16string TypeNames::NameOf(ITypeInfo* type, const TYPEDESC& described, bool* by_ref) {
  return Name(type, described, by_ref, 0);
}

std::u16string TypeNames::Name(ITypeInfo* type, const TYPEDESC& described, bool* by_ref, int depth) {
  if (depth >= kDeepest) return {};  // Refer goes two levels down at once
  const VARTYPE kind = static_cast<VARTYPE>(described.vt & VT_TYPEMASK);
  const bool array = (described.vt & VT_ARRAY) != 0;
  if ((described.vt & VT_BYREF) != 0 && by_ref) *by_ref = true;
  std::u16string name;
  if (kind == VT_PTR && described.lptdesc) {
    bool referenced = false;
    name = Name(type, *described.lptdesc, &referenced, depth + 1);
    // A pointer to an object is the object.
    const TYPEDESC& target = *described.lptdesc;
    const bool object = target.vt == VT_USERDEFINED && Refer(type, target.hreftype, depth + 1).is_object;
    if (by_ref && (!object || referenced)) *by_ref = true;
  } else if (kind == VT_SAFEARRAY && described.lptdesc) {
    name = Name(type, *described.lptdesc, nullptr, depth + 1) + u"[]";
  } else if (kind == VT_CARRAY && described.lpadesc) {
    name = Name(type, described.lpadesc->tdescElem, nullptr, depth + 1) + u"[]";
  } else if (kind == VT_USERDEFINED) {
    name = Refer(type, described.hreftype, depth + 1).name;
  } else if (const char16_t* simple = SimpleName(kind)) {
    name = simple;
  }
  return array ? name + u"[]" : name;
}

TypeNames::Referred TypeNames::Refer(ITypeInfo* type, HREFTYPE reference, int depth) {
  const auto known = referred_.find({type, reference});
  if (known != referred_.end()) return known->second;
  Referred found;
  ComPtr<ITypeInfo> target;
  if (inquiry_.goes_on() &&
      inquiry_.Succeeded(Returned(type->GetRefTypeInfo(reference, target.GetAddressOf()), target))) {
    std::u16string help;
    found.name = Document(inquiry_, target.Get(), MEMBERID_NIL, &help);
    kept_.push_back(target);
    if (const auto attributes = inquiry_.Attributes(target.Get())) {
      found.is_object = IsObject(attributes->typekind);
      const bool fresh =
          std::find(known_enums_.begin(), known_enums_.end(), attributes->guid) == known_enums_.end();
      if (attributes->typekind == TKIND_ENUM && (fresh || attributes->guid == GUID_NULL)) {
        known_enums_.push_back(attributes->guid);
        AddEnum(target.Get(), attributes->cVars, found.name, std::move(help));
      }
      // The enumeration behind an alias.
      if (attributes->typekind == TKIND_ALIAS) Name(target.Get(), attributes->tdescAlias, nullptr, depth + 1);
    }
  }
  kept_.push_back(type);
  referred_[{type, reference}] = found;
  return found;
}

void TypeNames::AddEnum(ITypeInfo* type, UINT constants, std::u16string name, std::u16string help) {
  EnumDescription described{std::move(name), std::move(help), {}};
  const PointerConversion none{nullptr, [](IUnknown*) { return std::shared_ptr<Pointer>(); }};
  for (UINT index = 0; index < constants && inquiry_.goes_on(); ++index) {
    const auto variable = inquiry_.Variable(type, index);
    if (!variable || variable->varkind != VAR_CONST || !variable->lpvarValue) continue;
    ConstantDescription constant;
    constant.name = Document(inquiry_, type, variable->memid, &constant.help);
    if (SUCCEEDED(FromVariant(*variable->lpvarValue, none, &constant.value)))
      described.constants.push_back(std::move(constant));
  }
  enums_.push_back(std::move(described));
}

}  // namespace com_cancel
