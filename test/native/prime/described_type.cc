// The type information of Described, created by oleaut32.
#include <string>
#include <vector>

#include "classes.h"
#include "described.h"
#include "type_library.h"

using Microsoft::WRL::ComPtr;

namespace prime {
namespace {

ELEMDESC ElementOf(VARTYPE type, USHORT flags = PARAMFLAG_NONE) {
  ELEMDESC element = {};
  element.tdesc.vt = type;
  element.paramdesc.wParamFlags = flags;
  return element;
}

void Add(ICreateTypeInfo* type, UINT index, std::vector<std::wstring> texts, FUNCDESC function,
         std::vector<ELEMDESC> parameters, std::wstring help = L"") {
  std::vector<LPOLESTR> names;
  names.reserve(texts.size());
  for (auto& text : texts) names.push_back(text.data());
  function.funckind = FUNC_DISPATCH;
  function.callconv = CC_STDCALL;
  function.cParams = static_cast<SHORT>(parameters.size());
  function.lprgelemdescParam = parameters.data();
  Check(type->AddFuncDesc(index, &function));
  Check(type->SetFuncAndParamNames(index, names.data(), static_cast<UINT>(names.size())));
  if (!help.empty()) Check(type->SetFuncDocString(index, help.data()));
}

FUNCDESC FunctionOf(DISPID id, INVOKEKIND kind, VARTYPE result, WORD flags = 0) {
  FUNCDESC function = {};
  function.memid = id;
  function.invkind = kind;
  function.wFuncFlags = flags;
  function.elemdescFunc.tdesc.vt = result;
  return function;
}

ComPtr<ITypeInfo> DescribeModes(ICreateTypeLib2* library) {
  constexpr GUID guid = {0x6C3F2D41, 0x0B7A, 0x4E55, {0x8D, 0x2B, 0x51, 0x9A, 0x44, 0x0E, 0x7C, 0x36}};
  const auto type = NewType(library, L"PrimeMode", TKIND_ENUM, guid);
  UINT index = 0;
  for (std::wstring name : {L"primeQuick", L"primeThorough"}) {
    VARIANT value = {};
    value.vt = VT_I4;
    value.lVal = static_cast<LONG>(index + 1);
    VARDESC constant = {};
    constant.memid = MEMBERID_NIL;
    constant.varkind = VAR_CONST;
    constant.elemdescVar.tdesc.vt = VT_I4;
    constant.lpvarValue = &value;
    Check(type->AddVarDesc(index, &constant));
    Check(type->SetVarName(index++, name.data()));
  }
  return Finished(type);
}

ComPtr<ITypeInfo> DescribeSearch(ICreateTypeLib2* library) {
  const auto modes = DescribeModes(library);
  const auto type = NewType(library, L"DPrimeDescribed", TKIND_DISPATCH, kDescribedMembers);
  std::wstring help = L"Has types.";
  Check(type->SetDocString(help.data()));
  Check(type->SetTypeFlags(TYPEFLAG_FDISPATCHABLE));
  DeriveFromDispatch(type);
  HREFTYPE mode = 0;
  Check(type->AddRefTypeInfo(modes.Get(), &mode));

  TYPEDESC number = {};
  number.vt = VT_I4;
  TYPEDESC text = {};
  text.vt = VT_BSTR;
  PARAMDESCEX thorough = {};
  thorough.cBytes = sizeof(thorough);
  thorough.varDefaultValue.vt = VT_I4;
  thorough.varDefaultValue.lVal = 2;
  ELEMDESC with_default = ElementOf(VT_USERDEFINED, PARAMFLAG_FIN | PARAMFLAG_FOPT | PARAMFLAG_FHASDEFAULT);
  with_default.tdesc.hreftype = mode;
  with_default.paramdesc.pparamdescex = &thorough;
  ELEMDESC reference = ElementOf(VT_PTR, PARAMFLAG_FIN | PARAMFLAG_FOUT);
  reference.tdesc.lptdesc = &number;
  ELEMDESC list = ElementOf(VT_SAFEARRAY, PARAMFLAG_FIN);
  list.tdesc.lptdesc = &text;

  Add(type.Get(), 0, {L"Search", L"names", L"count", L"mode", L"extra"},
      FunctionOf(Described::kSearch, INVOKE_FUNC, VT_BSTR),
      {list, reference, with_default, ElementOf(VT_VARIANT, PARAMFLAG_FIN | PARAMFLAG_FOPT)},
      L"Searches for names.");
  Add(type.Get(), 1, {L"Owner"}, FunctionOf(Described::kOwner, INVOKE_PROPERTYPUTREF, VT_VOID),
      {ElementOf(VT_DISPATCH, PARAMFLAG_FIN)});
  Add(type.Get(), 2, {L"Version"}, FunctionOf(Described::kVersion, INVOKE_PROPERTYGET, VT_R8), {});
  Add(type.Get(), 3, {L"Secret"}, FunctionOf(Described::kSecret, INVOKE_FUNC, VT_VOID, FUNCFLAG_FHIDDEN), {});
  Add(type.Get(), 4, {L"Names"}, FunctionOf(Described::kNames, INVOKE_PROPERTYGET, VT_DISPATCH), {});
  return Finished(type);
}

ComPtr<ITypeInfo> DescribeLibrary() {
  ComPtr<ICreateTypeLib2> library;
  Check(CreateTypeLib2(sizeof(void*) == 8 ? SYS_WIN64 : SYS_WIN32, L"prime-described.tlb", &library));
  constexpr GUID guid = {0x1E5B7C02, 0x63A9, 0x4F0D, {0x91, 0x7E, 0x2C, 0x84, 0xD3, 0x5F, 0x0A, 0xB8}};
  std::wstring name = L"PrimeDescribedLibrary";
  Check(library->SetGuid(guid));
  Check(library->SetName(name.data()));
  Check(library->SetVersion(1, 0));
  const auto members = DescribeSearch(library.Get());
  const auto coclass = NewType(library.Get(), L"PrimeDescribed", TKIND_COCLASS, kDescribed);
  HREFTYPE reference = 0;
  Check(coclass->SetTypeFlags(TYPEFLAG_FCANCREATE));
  Check(coclass->AddRefTypeInfo(members.Get(), &reference));
  Check(coclass->AddImplType(0, reference));
  Check(coclass->SetImplTypeFlags(0, IMPLTYPEFLAG_FDEFAULT));
  Finished(coclass);
  return members;
}

}  // namespace

ITypeInfo* DescribedType() {
  static const auto& type = *new ComPtr<ITypeInfo>(DescribeLibrary());  // threads outlive static destructors
  return type.Get();
}

}  // namespace prime
