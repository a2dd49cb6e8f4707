// TypeReader, which reads the interfaces and classes of type information.
#include "automation/type_reader.h"

#include <oleauto.h>
#include <wrl/client.h>

#include <algorithm>
#include <vector>

#include "automation/variant.h"
#include "host/returned.h"
#include "host/text.h"

using Microsoft::WRL::ComPtr;

namespace com_cancel {
namespace {

// The members of IUnknown and IDispatch, which the dispinterface of a dual interface contains.
bool IsOfDispatch(MEMBERID member) {
  const auto id = static_cast<std::uint32_t>(member);
  return (id >= 0x60000000 && id <= 0x60000002) || (id >= 0x60010000 && id <= 0x60010003);
}

bool IsPut(INVOKEKIND kind) { return kind == INVOKE_PROPERTYPUT || kind == INVOKE_PROPERTYPUTREF; }

// The names of a function and its parameters, empty where it has none.
std::vector<std::u16string> NamesOf(Inquiry& inquiry, ITypeInfo* type, MEMBERID member, UINT most) {
  std::vector<BSTR> texts(most, nullptr);
  UINT count = 0;
  std::vector<std::u16string> names(most);
  if (!inquiry.Succeeded(type->GetNames(member, texts.data(), most, &count))) return names;
  for (UINT index = 0; index < (std::min)(count, most); ++index) names[index] = TakeText(texts[index]);
  return names;
}

}  // namespace

// The dispinterface of a dual interface: it has functions as IDispatch calls them.
ComPtr<ITypeInfo> LateBound(Inquiry& inquiry, ComPtr<ITypeInfo> type) {
  const auto attributes = inquiry.Attributes(type.Get());
  if (!attributes || attributes->typekind != TKIND_INTERFACE || !(attributes->wTypeFlags & TYPEFLAG_FDUAL))
    return type;
  HREFTYPE reference = 0;
  ComPtr<ITypeInfo> other;
  constexpr auto kOtherHalf = static_cast<UINT>(-1);
  if (inquiry.Succeeded(type->GetRefTypeOfImplType(kOtherHalf, &reference)) &&
      inquiry.Succeeded(Returned(type->GetRefTypeInfo(reference, other.GetAddressOf()), other)))
    return other;
  return type;
}

ComPtr<ITypeInfo> TypeReader::ImplementedBy(ITypeInfo* type, UINT index) {
  HREFTYPE reference = 0;
  ComPtr<ITypeInfo> found;
  if (inquiry_.Succeeded(type->GetRefTypeOfImplType(index, &reference)))
    inquiry_.Succeeded(Returned(type->GetRefTypeInfo(reference, found.GetAddressOf()), found));
  return found;
}

ClassDescription TypeReader::ClassOf(ITypeInfo* type, const TYPEATTR& attributes) {
  ClassDescription found;
  found.name = Document(inquiry_, type, MEMBERID_NIL, &found.help);
  found.clsid = attributes.guid;
  LPOLESTR text = nullptr;
  if (SUCCEEDED(ProgIDFromCLSID(found.clsid, &text)) && text)
    found.prog_id = reinterpret_cast<const char16_t*>(text);
  CoTaskMemFree(text);
  return found;
}

InterfaceDescription TypeReader::InterfaceOf(ITypeInfo* type, const TYPEATTR& attributes) {
  InterfaceDescription found;
  if (!inquiry_.brief()) found.name = Document(inquiry_, type, MEMBERID_NIL, &found.help);
  found.iid = attributes.guid;
  for (UINT index = 0; index < attributes.cFuncs && inquiry_.goes_on(); ++index) {
    if (const auto function = inquiry_.Function(type, index)) AddFunction(type, *function, found);
  }
  for (UINT index = 0; index < attributes.cVars && inquiry_.goes_on(); ++index) {
    if (const auto variable = inquiry_.Variable(type, index)) AddVariable(type, *variable, found);
  }
  return found;
}

void TypeReader::AddFunction(ITypeInfo* type, const FUNCDESC& function, InterfaceDescription& into) {
  const bool restricted = (function.wFuncFlags & FUNCFLAG_FRESTRICTED) != 0;
  if (restricted && IsOfDispatch(function.memid)) return;
  const int described = function.lprgelemdescParam ? (std::max)(int{function.cParams}, 0) : 0;
  const auto count = static_cast<UINT>(described);
  const auto names = NamesOf(inquiry_, type, function.memid, count + 1);
  MemberDescription member;
  member.name = names[0];
  if (member.name.empty()) return;
  member.dispid = function.memid;
  member.kind = function.invkind;
  member.restricted = restricted;
  member.hidden = (function.wFuncFlags & FUNCFLAG_FHIDDEN) != 0;
  if (!inquiry_.brief()) {
    Document(inquiry_, type, function.memid, &member.help);
    member.type = names_.NameOf(type, function.elemdescFunc.tdesc);
  }
  // cParamsOpt counts trailing VARIANTs that may be left out; -1: the last one takes any number of
  // arguments.
  const int optional = function.cParamsOpt < 0 ? 1 : function.cParamsOpt;
  for (UINT index = 0; index < count; ++index) {
    const ELEMDESC& element = function.lprgelemdescParam[index];
    const USHORT flags = element.paramdesc.wParamFlags;
    const bool value = IsPut(member.kind) && index == count - 1;
    if (value || (flags & PARAMFLAG_FRETVAL)) {
      if (!inquiry_.brief()) member.type = names_.NameOf(type, element.tdesc);
    } else if (!(flags & PARAMFLAG_FLCID)) {
      member.parameters.push_back(ParameterOf(type, element, names[index + 1]));
      if (index + static_cast<UINT>(optional) >= count) member.parameters.back().optional = true;
    }
  }
  into.members.push_back(std::move(member));
}

ParameterDescription TypeReader::ParameterOf(ITypeInfo* type, const ELEMDESC& element, std::u16string name) {
  const PARAMDESC& described = element.paramdesc;
  ParameterDescription parameter;
  parameter.name = std::move(name);
  parameter.optional = (described.wParamFlags & (PARAMFLAG_FOPT | PARAMFLAG_FHASDEFAULT)) != 0;
  if (inquiry_.brief()) return parameter;
  parameter.type = names_.NameOf(type, element.tdesc, &parameter.by_ref);
  if (!(described.wParamFlags & PARAMFLAG_FHASDEFAULT) || !described.pparamdescex) return parameter;
  const PointerConversion none{nullptr, [](IUnknown*) { return std::shared_ptr<Pointer>(); }};
  Value value;
  if (SUCCEEDED(FromVariant(described.pparamdescex->varDefaultValue, none, &value)))
    parameter.default_value = std::move(value);
  return parameter;
}

// A property that a dispinterface declares as a variable.
void TypeReader::AddVariable(ITypeInfo* type, const VARDESC& variable, InterfaceDescription& into) {
  if (variable.varkind != VAR_DISPATCH) return;
  MemberDescription member;
  member.name = NamesOf(inquiry_, type, variable.memid, 1)[0];
  if (member.name.empty()) return;
  member.dispid = variable.memid;
  member.kind = INVOKE_PROPERTYGET;
  member.restricted = (variable.wVarFlags & VARFLAG_FRESTRICTED) != 0;
  member.hidden = (variable.wVarFlags & VARFLAG_FHIDDEN) != 0;
  if (!inquiry_.brief()) {
    Document(inquiry_, type, variable.memid, &member.help);
    member.type = names_.NameOf(type, variable.elemdescVar.tdesc);
  }
  into.members.push_back(member);
  if (variable.wVarFlags & VARFLAG_FREADONLY) return;
  member.kind = INVOKE_PROPERTYPUT;
  into.members.push_back(std::move(member));
}

}  // namespace com_cancel
