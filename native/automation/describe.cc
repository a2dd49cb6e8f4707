// The description of an object, by its type information.
#include "automation/describe.h"

#include <ocidl.h>
#include <olectl.h>
#include <wrl/client.h>

#include "automation/type_reader.h"
#include "host/returned.h"

using Microsoft::WRL::ComPtr;

namespace com_cancel {
namespace {

class Description {
 public:
  Description(Inquiry& inquiry, ObjectDescription& described)
      : inquiry_(inquiry), types_(inquiry), described_(described) {}

  void AddOwn(ITypeInfo* type, const TYPEATTR& attributes) {
    described_.own = types_.InterfaceOf(type, attributes);
  }

  // The class `type`, with its event interfaces.
  void AddClass(ITypeInfo* type, const TYPEATTR& attributes) {
    described_.coclass = types_.ClassOf(type, attributes);
    for (UINT index = 0; index < attributes.cImplTypes && inquiry_.goes_on(); ++index) {
      INT flags = 0;
      if (!inquiry_.Succeeded(type->GetImplTypeFlags(index, &flags)) || !(flags & IMPLTYPEFLAG_FSOURCE))
        continue;
      const ComPtr<ITypeInfo> source = types_.ImplementedBy(type, index);
      if (!source) continue;
      const auto source_attributes = inquiry_.Attributes(source.Get());
      if (!source_attributes) continue;
      auto& events = described_.events;
      events.insert(flags & IMPLTYPEFLAG_FDEFAULT ? events.begin() : events.end(),
                    types_.InterfaceOf(source.Get(), *source_attributes));
    }
  }

  // The class of `library` whose default interface is `iid`.
  void FindClass(ITypeLib* library, REFIID iid) {
    const UINT types = library->GetTypeInfoCount();
    for (UINT index = 0; index < types && inquiry_.goes_on(); ++index) {
      TYPEKIND kind = TKIND_MAX;
      ComPtr<ITypeInfo> type;
      if (!inquiry_.Succeeded(library->GetTypeInfoType(index, &kind)) || kind != TKIND_COCLASS ||
          !inquiry_.Succeeded(Returned(library->GetTypeInfo(index, type.GetAddressOf()), type)))
        continue;
      const auto attributes = inquiry_.Attributes(type.Get());
      if (attributes && IsDefault(type.Get(), *attributes, iid)) return AddClass(type.Get(), *attributes);
    }
  }

  void AddEnums() { described_.enums = types_.TakeEnums(); }

 private:
  bool IsDefault(ITypeInfo* type, const TYPEATTR& attributes, REFIID iid) {
    for (UINT index = 0; index < attributes.cImplTypes && inquiry_.goes_on(); ++index) {
      INT flags = 0;
      if (!inquiry_.Succeeded(type->GetImplTypeFlags(index, &flags))) continue;
      if ((flags & (IMPLTYPEFLAG_FDEFAULT | IMPLTYPEFLAG_FSOURCE)) != IMPLTYPEFLAG_FDEFAULT) continue;
      const ComPtr<ITypeInfo> own = types_.ImplementedBy(type, index);
      if (!own) continue;
      const auto own_attributes = inquiry_.Attributes(own.Get());
      return own_attributes && own_attributes->guid == iid;
    }
    return false;
  }

  Inquiry& inquiry_;
  TypeReader types_;
  ObjectDescription& described_;
};

HRESULT DescribeByType(IDispatch* object, const ComPtr<ITypeInfo>& type, Inquiry& inquiry,
                       ObjectDescription& described) {
  const auto attributes = inquiry.Attributes(type.Get());
  if (!attributes) return inquiry.goes_on() ? E_NOTIMPL : inquiry.result();
  Description description(inquiry, described);
  description.AddOwn(type.Get(), *attributes);
  if (inquiry.brief()) return inquiry.result();
  ComPtr<IProvideClassInfo> info;
  ComPtr<ITypeInfo> coclass;
  ComPtr<ITypeLib> library;
  UINT index = 0;
  if (inquiry.Succeeded(Query(object, info)) &&
      inquiry.Succeeded(Returned(info->GetClassInfo(coclass.GetAddressOf()), coclass))) {
    const auto class_attributes = inquiry.Attributes(coclass.Get());
    if (class_attributes && class_attributes->typekind == TKIND_COCLASS)
      description.AddClass(coclass.Get(), *class_attributes);
  } else if (inquiry.Succeeded(
                 Returned(type->GetContainingTypeLib(library.GetAddressOf(), &index), library))) {
    description.FindClass(library.Get(), attributes->guid);
  }
  description.AddEnums();
  return inquiry.result();
}

}  // namespace

HRESULT Describe(IDispatch* object, Inquiry& inquiry, ObjectDescription& description) {
  ComPtr<ITypeInfo> type;
  if (inquiry.Succeeded(Returned(object->GetTypeInfo(0, LOCALE_USER_DEFAULT, type.GetAddressOf()), type)))
    return DescribeByType(object, LateBound(inquiry, std::move(type)), inquiry, description);
  if (!inquiry.goes_on()) return inquiry.result();
  const HRESULT hr = DescribeByNames(object, inquiry, description.own);
  return hr == E_NOINTERFACE ? E_NOTIMPL : hr;
}

}  // namespace com_cancel
