// The events of an object: its event interface, and the connection of sinks.
#include "automation/events.h"

#include <ocidl.h>
#include <oleauto.h>
#include <wrl/client.h>

#include "host/text.h"

using Microsoft::WRL::ComPtr;

namespace com_cancel {
namespace {

void AddMembers(ITypeInfo* type, EventSource& events) {
  TYPEATTR* attributes = nullptr;
  if (FAILED(type->GetTypeAttr(&attributes))) return;
  events.iid = attributes->guid;
  for (UINT index = 0; index < attributes->cFuncs; ++index) {
    FUNCDESC* function = nullptr;
    if (FAILED(type->GetFuncDesc(index, &function))) continue;
    BSTR name = nullptr;
    UINT names = 0;
    if (SUCCEEDED(type->GetNames(function->memid, &name, 1, &names)) && names == 1)
      events.members.emplace_back(Lower(name), function->memid);
    SysFreeString(name);
    type->ReleaseFuncDesc(function);
  }
  type->ReleaseTypeAttr(attributes);
}

// Searches the source interfaces of a class for `iid`, or for the default one when null.
bool FromClass(ITypeInfo* type, const IID* iid, EventSource& events) {
  TYPEATTR* attributes = nullptr;
  if (FAILED(type->GetTypeAttr(&attributes))) return false;
  const UINT interfaces = attributes->cImplTypes;
  type->ReleaseTypeAttr(attributes);
  for (UINT index = 0; index < interfaces; ++index) {
    INT flags = 0;
    HREFTYPE reference = 0;
    ComPtr<ITypeInfo> source;
    if (FAILED(type->GetImplTypeFlags(index, &flags)) || !(flags & IMPLTYPEFLAG_FSOURCE) ||
        FAILED(type->GetRefTypeOfImplType(index, &reference)) ||
        FAILED(type->GetRefTypeInfo(reference, source.GetAddressOf())))
      continue;
    EventSource found;
    AddMembers(source.Get(), found);
    if (iid ? found.iid == *iid : (flags & IMPLTYPEFLAG_FDEFAULT) != 0) {
      events = std::move(found);
      return true;
    }
  }
  return false;
}

// Searches the type library of the object's own interface for the event interface.
bool FromLibrary(IUnknown* object, REFIID iid, EventSource& events) {
  ComPtr<IDispatch> dispatch;
  ComPtr<ITypeInfo> own;
  ComPtr<ITypeLib> library;
  ComPtr<ITypeInfo> source;
  UINT index = 0;
  if (FAILED(object->QueryInterface(IID_PPV_ARGS(&dispatch))) ||
      FAILED(dispatch->GetTypeInfo(0, LOCALE_USER_DEFAULT, own.GetAddressOf())) || !own ||
      FAILED(own->GetContainingTypeLib(library.GetAddressOf(), &index)) ||
      FAILED(library->GetTypeInfoOfGuid(iid, source.GetAddressOf())))
    return false;
  AddMembers(source.Get(), events);
  return true;
}

HRESULT PointFor(IUnknown* object, REFIID iid, ComPtr<IConnectionPoint>& point) {
  ComPtr<IConnectionPointContainer> container;
  const HRESULT hr = object->QueryInterface(IID_PPV_ARGS(&container));
  return FAILED(hr) ? hr : container->FindConnectionPoint(iid, point.GetAddressOf());
}

// The interface of the first connection point: a guess, for an object without type information.
HRESULT FirstPoint(IUnknown* object, IID& iid) {
  ComPtr<IConnectionPointContainer> container;
  HRESULT hr = object->QueryInterface(IID_PPV_ARGS(&container));
  if (FAILED(hr)) return hr;
  ComPtr<IEnumConnectionPoints> points;
  hr = container->EnumConnectionPoints(points.GetAddressOf());
  if (FAILED(hr)) return hr;
  ComPtr<IConnectionPoint> first;
  if (points->Next(1, first.GetAddressOf(), nullptr) != S_OK) return E_NOINTERFACE;
  return first->GetConnectionInterface(&iid);
}

}  // namespace

HRESULT FindEvents(IUnknown* object, const IID* iid, EventSource& events) {
  ComPtr<IProvideClassInfo> info;
  ComPtr<ITypeInfo> type;
  if (SUCCEEDED(object->QueryInterface(IID_PPV_ARGS(&info))) &&
      SUCCEEDED(info->GetClassInfo(type.GetAddressOf())) && FromClass(type.Get(), iid, events))
    return S_OK;
  IID wanted{};
  if (iid) {
    wanted = *iid;
  } else {
    ComPtr<IProvideClassInfo2> info2;
    const bool found = SUCCEEDED(object->QueryInterface(IID_PPV_ARGS(&info2))) &&
                       SUCCEEDED(info2->GetGUID(GUIDKIND_DEFAULT_SOURCE_DISP_IID, &wanted));
    const HRESULT hr = found ? S_OK : FirstPoint(object, wanted);
    if (FAILED(hr)) return hr;
  }
  if (FromLibrary(object, wanted, events)) return S_OK;
  events.iid = wanted;
  ComPtr<IConnectionPoint> point;
  return PointFor(object, wanted, point);
}

HRESULT Advise(IUnknown* object, REFIID iid, IUnknown* sink, DWORD& cookie) {
  ComPtr<IConnectionPoint> point;
  const HRESULT hr = PointFor(object, iid, point);
  return FAILED(hr) ? hr : point->Advise(sink, &cookie);
}

HRESULT Unadvise(IUnknown* object, REFIID iid, DWORD cookie) {
  ComPtr<IConnectionPoint> point;
  const HRESULT hr = PointFor(object, iid, point);
  return FAILED(hr) ? hr : point->Unadvise(cookie);
}

}  // namespace com_cancel
