// The type information of the class, created by oleaut32 from the table of members.
#include "type_library.h"

#include <string>
#include <vector>

#include "classes.h"
#include "members.h"

using Microsoft::WRL::ComPtr;

namespace prime {

// Many of these functions take strings as LPOLESTR, and do not change them.
ComPtr<ICreateTypeInfo> NewType(ICreateTypeLib2* library, std::wstring name, TYPEKIND kind, REFGUID guid) {
  ComPtr<ICreateTypeInfo> made;
  Check(library->CreateTypeInfo(name.data(), kind, &made));
  Check(made->SetGuid(guid));
  return made;
}

ComPtr<ITypeInfo> Finished(const ComPtr<ICreateTypeInfo>& made) {
  Check(made->LayOut());
  ComPtr<ITypeInfo> finished;
  Check(made.As(&finished));
  return finished;
}

void DeriveFromDispatch(const ComPtr<ICreateTypeInfo>& type) {
  constexpr GUID standard = {0x00020430, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};
  ComPtr<ITypeLib> library;
  ComPtr<ITypeInfo> dispatch;
  HREFTYPE reference = 0;
  Check(LoadRegTypeLib(standard, 2, 0, 0, &library));
  Check(library->GetTypeInfoOfGuid(IID_IDispatch, &dispatch));
  Check(type->AddRefTypeInfo(dispatch.Get(), &reference));
  Check(type->AddImplType(0, reference));
}

namespace {

void AddFunction(const ComPtr<ICreateTypeInfo>& type, UINT index, const wchar_t* name, DISPID id,
                 INVOKEKIND kind, const std::vector<const wchar_t*>& parameters, size_t required,
                 WORD flags = 0) {
  const bool setting = kind == INVOKE_PROPERTYPUT || kind == INVOKE_PROPERTYPUTREF;
  std::vector<std::wstring> texts = {name};
  texts.insert(texts.end(), parameters.begin(), parameters.end());
  std::vector<LPOLESTR> names;
  names.reserve(texts.size());
  for (auto& text : texts) names.push_back(text.data());

  std::vector<ELEMDESC> elements(parameters.size() + (setting ? 1 : 0));
  for (auto& element : elements) {
    element.tdesc.vt = VT_VARIANT;
    element.paramdesc.wParamFlags = PARAMFLAG_FIN;
  }
  for (size_t position = required; position < parameters.size(); ++position)
    elements[position].paramdesc.wParamFlags |= PARAMFLAG_FOPT;

  FUNCDESC function = {};
  function.memid = id;
  function.wFuncFlags = flags;
  function.funckind = FUNC_DISPATCH;
  function.invkind = kind;
  function.callconv = CC_STDCALL;
  function.cParams = static_cast<SHORT>(elements.size());
  function.lprgelemdescParam = elements.data();
  function.elemdescFunc.tdesc.vt = setting ? VT_VOID : VT_VARIANT;
  Check(type->AddFuncDesc(index, &function));
  Check(type->SetFuncAndParamNames(index, names.data(), static_cast<UINT>(names.size())));
}

ComPtr<ITypeInfo> DescribeMembers(ICreateTypeLib2* library) {
  const auto type = NewType(library, L"DPrimeCalculator", TKIND_DISPATCH, kMembers);
  Check(type->SetTypeFlags(TYPEFLAG_FDISPATCHABLE));
  DeriveFromDispatch(type);
  UINT index = 0;
  for (const Member& member : AllMembers()) {
    const std::vector<const wchar_t*> parameters(
        member.parameters.begin(),
        member.parameters.begin() + static_cast<ptrdiff_t>(member.ParameterCount()));
    // A name is either a method or a property, although Invoke accepts both kinds.
    const int kinds = (member.kinds & INVOKE_PROPERTYGET) ? member.kinds & ~INVOKE_FUNC : member.kinds;
    for (const INVOKEKIND kind : {INVOKE_FUNC, INVOKE_PROPERTYGET, INVOKE_PROPERTYPUT, INVOKE_PROPERTYPUTREF})
      if (kinds & kind) AddFunction(type, index++, member.name, member.id, kind, parameters, member.required);
  }
  return Finished(type);
}

ComPtr<ITypeInfo> DescribeEvents(ICreateTypeLib2* library) {
  const auto type = NewType(library, L"DPrimeEvents", TKIND_DISPATCH, kEvents);
  Check(type->SetTypeFlags(TYPEFLAG_FDISPATCHABLE));
  DeriveFromDispatch(type);
  AddFunction(type, 0, L"Found", kFound, INVOKE_FUNC, {L"n"}, 1);
  AddFunction(type, 1, L"Hidden", kHidden, INVOKE_FUNC, {L"n"}, 1, FUNCFLAG_FRESTRICTED);
  return Finished(type);
}

ComPtr<ITypeInfo> DescribeClass(ICreateTypeLib2* library, ITypeInfo* members, ITypeInfo* events) {
  const auto type = NewType(library, L"PrimeCalculator", TKIND_COCLASS, kCalculator);
  Check(type->SetTypeFlags(TYPEFLAG_FCANCREATE));
  HREFTYPE reference = 0;
  Check(type->AddRefTypeInfo(members, &reference));
  Check(type->AddImplType(0, reference));
  Check(type->SetImplTypeFlags(0, IMPLTYPEFLAG_FDEFAULT));
  Check(type->AddRefTypeInfo(events, &reference));
  Check(type->AddImplType(1, reference));
  Check(type->SetImplTypeFlags(1, IMPLTYPEFLAG_FDEFAULT | IMPLTYPEFLAG_FSOURCE));
  return Finished(type);
}

ComPtr<IRecordInfo> DescribePoint(ICreateTypeLib2* library) {
  const auto type = NewType(library, L"PrimePoint", TKIND_RECORD, kPoint);
  UINT index = 0;
  for (std::wstring name : {L"x", L"y"}) {
    VARDESC variable = {};
    variable.memid = MEMBERID_NIL;
    variable.varkind = VAR_PERINSTANCE;
    variable.elemdescVar.tdesc.vt = VT_I4;
    Check(type->AddVarDesc(index, &variable));
    Check(type->SetVarName(index++, name.data()));
  }
  ComPtr<IRecordInfo> point;
  if (FAILED(GetRecordInfoFromTypeInfo(Finished(type).Get(), &point))) return nullptr;
  return point;
}

TypeLibrary Describe() {
  ComPtr<ICreateTypeLib2> library;
  // The file would be written by SaveAllChanges, which is not called.
  Check(CreateTypeLib2(sizeof(void*) == 8 ? SYS_WIN64 : SYS_WIN32, L"prime-calculator.tlb", &library));
  constexpr GUID guid = {0x8B20C6E5, 0x3D0F, 0x4C4C, {0x9E, 0x0B, 0x0C, 0x5A, 0x7A, 0x2F, 0x11, 0xD4}};
  std::wstring name = L"PrimeCalculatorLibrary";
  Check(library->SetGuid(guid));
  Check(library->SetName(name.data()));
  Check(library->SetVersion(1, 0));
  TypeLibrary described;
  described.members = DescribeMembers(library.Get());
  described.events = DescribeEvents(library.Get());
  described.coclass = DescribeClass(library.Get(), described.members.Get(), described.events.Get());
  described.point = DescribePoint(library.Get());
  return described;
}

}  // namespace

const TypeLibrary& TypeLibrary::Get() {
  static const TypeLibrary& described = *new TypeLibrary(Describe());  // threads outlive static destructors
  return described;
}

}  // namespace prime
