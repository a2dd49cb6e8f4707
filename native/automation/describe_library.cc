// The description of a type library.
#include <wrl/client.h>

#include "automation/describe.h"
#include "automation/type_reader.h"
#include "host/returned.h"
#include "host/text.h"

using Microsoft::WRL::ComPtr;

namespace com_cancel {
namespace {

// The library itself, or that of the object's type information.
HRESULT LibraryOf(IUnknown* object, Inquiry& inquiry, ComPtr<ITypeLib>& library) {
  if (inquiry.Succeeded(Query(object, library))) return S_OK;
  ComPtr<IDispatch> dispatch;
  ComPtr<ITypeInfo> type;
  UINT index = 0;
  if (inquiry.Succeeded(Query(object, dispatch)) &&
      inquiry.Succeeded(Returned(dispatch->GetTypeInfo(0, LOCALE_USER_DEFAULT, type.GetAddressOf()), type)) &&
      inquiry.Succeeded(Returned(type->GetContainingTypeLib(library.GetAddressOf(), &index), library)))
    return S_OK;
  return inquiry.goes_on() ? E_NOTIMPL : inquiry.result();
}

class Library {
 public:
  Library(Inquiry& inquiry, LibraryDescription& described)
      : inquiry_(inquiry), types_(inquiry), described_(described) {}

  void Add(ITypeLib* library) {
    BSTR name = nullptr;
    BSTR help = nullptr;
    if (inquiry_.Succeeded(library->GetDocumentation(-1, &name, &help, nullptr, nullptr))) {
      described_.name = TakeText(name);
      described_.help = TakeText(help);
    }
    const UINT types = library->GetTypeInfoCount();
    for (UINT index = 0; index < types && inquiry_.goes_on(); ++index) {
      ComPtr<ITypeInfo> type;
      if (inquiry_.Succeeded(Returned(library->GetTypeInfo(index, type.GetAddressOf()), type)))
        AddType(LateBound(inquiry_, std::move(type)));
    }
    described_.enums = types_.TakeEnums();
  }

 private:
  void AddType(const ComPtr<ITypeInfo>& type) {
    const auto attributes = inquiry_.Attributes(type.Get());
    if (!attributes) return;
    if (attributes->typekind == TKIND_DISPATCH)
      described_.interfaces.push_back(types_.InterfaceOf(type.Get(), *attributes));
    else if (attributes->typekind == TKIND_COCLASS)
      AddClass(type.Get(), *attributes);
  }

  void AddClass(ITypeInfo* type, const TYPEATTR& attributes) {
    LibraryClassDescription found;
    found.coclass = types_.ClassOf(type, attributes);
    for (UINT index = 0; index < attributes.cImplTypes && inquiry_.goes_on(); ++index) {
      INT flags = 0;
      if (!inquiry_.Succeeded(type->GetImplTypeFlags(index, &flags)) || !(flags & IMPLTYPEFLAG_FDEFAULT))
        continue;
      const ComPtr<ITypeInfo> implemented = types_.ImplementedBy(type, index);
      if (!implemented) continue;
      auto& name = flags & IMPLTYPEFLAG_FSOURCE ? found.events : found.own;
      name = Document(inquiry_, implemented.Get(), MEMBERID_NIL, nullptr);
    }
    described_.classes.push_back(std::move(found));
  }

  Inquiry& inquiry_;
  TypeReader types_;
  LibraryDescription& described_;
};

}  // namespace

HRESULT DescribeLibrary(IUnknown* object, Inquiry& inquiry, LibraryDescription& description) {
  ComPtr<ITypeLib> library;
  const HRESULT hr = LibraryOf(object, inquiry, library);
  if (FAILED(hr)) return hr;
  Library(inquiry, description).Add(library.Get());
  return inquiry.result();
}

}  // namespace com_cancel
