// The events of an object: its event interface, and the connection of sinks.
#include "automation/events.h"

#include <ocidl.h>
#include <oleauto.h>
#include <olectl.h>
#include <wrl/client.h>

#include "automation/late_bound.h"
#include "automation/type_info.h"
#include "host/returned.h"
#include "host/text.h"

using Microsoft::WRL::ComPtr;

namespace com_cancel {
namespace {

// How many connection points are searched for one that can be used. A faulty enumeration may have no end.
constexpr int kMostPoints = 64;

// Restricted functions, such as those of IDispatch itself, are no events.
void AddMembers(ITypeInfo* type, const TYPEATTR& attributes, const Job& job, EventSource& events) {
  for (UINT index = 0; index < attributes.cFuncs && !job.canceled(); ++index) {
    const auto function = FunctionOf(type, index);
    if (!function || function->wFuncFlags & FUNCFLAG_FRESTRICTED) continue;
    BSTR name = nullptr;
    UINT names = 0;
    const HRESULT hr = Returned(type->GetNames(function->memid, &name, 1, &names), name);
    if (SUCCEEDED(hr)) events.members.emplace_back(Lower(Wide(TakeText(name))), function->memid);
  }
}

const char16_t* ReasonOf(InterfaceKind kind) {
  switch (kind) {
    case InterfaceKind::kDual:
      return u"is dual, so that the object may call its event handlers by vtable";
    case InterfaceKind::kVtable:
      return u"is no dispinterface, so that the object calls its event handlers by vtable";
    default:
      return u"is not described by a type library of the object, and no proxy is registered for it";
  }
}

// Stores the event interface if it is late bound; else says why it can't be used.
HRESULT Use(EventSource found, InterfaceKind kind, EventSource& events, std::u16string& refusal) {
  if (kind == InterfaceKind::kDispinterface) {
    events = std::move(found);
    return S_OK;
  }
  refusal = u"the event interface " + GuidText(found.iid) + u" " + ReasonOf(kind) +
            u"; only events of dispinterfaces can be handled in JavaScript: name another interface with iid";
  return CONNECT_E_CANNOTCONNECT;
}

HRESULT UseType(ITypeInfo* type, const TYPEATTR& attributes, const Job& job, EventSource& events,
                std::u16string& refusal) {
  EventSource found;
  found.iid = attributes.guid;
  AddMembers(type, attributes, job, found);
  return Use(std::move(found), KindOf(attributes), events, refusal);
}

// The type at `index` of a class, if it is a source interface.
ComPtr<ITypeInfo> SourceAt(ITypeInfo* type, UINT index, INT& flags) {
  HREFTYPE reference = 0;
  ComPtr<ITypeInfo> source;
  if (FAILED(type->GetImplTypeFlags(index, &flags)) || !(flags & IMPLTYPEFLAG_FSOURCE) ||
      FAILED(type->GetRefTypeOfImplType(index, &reference)))
    return nullptr;
  static_cast<void>(Returned(type->GetRefTypeInfo(reference, source.GetAddressOf()), source));
  return source;
}

// Searches the source interfaces of a class for `iid`, or for the default one when null. S_FALSE when there
// is none.
HRESULT FromClass(IUnknown* object, const IID* iid, const Job& job, EventSource& events,
                  std::u16string& refusal) {
  ComPtr<IProvideClassInfo> info;
  ComPtr<ITypeInfo> type;
  if (FAILED(Query(object, info)) || FAILED(Returned(info->GetClassInfo(type.GetAddressOf()), type)))
    return S_FALSE;
  const auto attributes = AttributesOf(type.Get());
  const UINT interfaces = attributes ? attributes->cImplTypes : 0;
  for (UINT index = 0; index < interfaces && !job.canceled(); ++index) {
    INT flags = 0;
    const ComPtr<ITypeInfo> source = SourceAt(type.Get(), index, flags);
    if (!source) continue;
    const auto described = AttributesOf(source.Get());
    if (described && (iid ? described->guid == *iid : (flags & IMPLTYPEFLAG_FDEFAULT) != 0))
      return UseType(source.Get(), *described, job, events, refusal);
  }
  return S_FALSE;
}

// Searches the type library of the object's own interface for the event interface. S_FALSE when it lacks it.
HRESULT FromLibrary(IUnknown* object, REFIID iid, const Job& job, EventSource& events,
                    std::u16string& refusal) {
  ComPtr<IDispatch> dispatch;
  ComPtr<ITypeInfo> own;
  ComPtr<ITypeLib> library;
  ComPtr<ITypeInfo> source;
  UINT index = 0;
  if (FAILED(Query(object, dispatch)) ||
      FAILED(Returned(dispatch->GetTypeInfo(0, LOCALE_USER_DEFAULT, own.GetAddressOf()), own)) ||
      FAILED(Returned(own->GetContainingTypeLib(library.GetAddressOf(), &index), library)) ||
      FAILED(Returned(library->GetTypeInfoOfGuid(iid, source.GetAddressOf()), source)))
    return S_FALSE;
  const auto attributes = AttributesOf(source.Get());
  if (!attributes || attributes->guid != iid) return S_FALSE;
  return UseType(source.Get(), *attributes, job, events, refusal);
}

HRESULT PointFor(IUnknown* object, REFIID iid, ComPtr<IConnectionPoint>& point) {
  ComPtr<IConnectionPointContainer> container;
  const HRESULT hr = Query(object, container);
  return FAILED(hr) ? hr : Returned(container->FindConnectionPoint(iid, point.GetAddressOf()), point);
}

HRESULT FromPoint(IUnknown* object, REFIID iid, const Job& job, EventSource& events,
                  std::u16string& refusal) {
  const HRESULT hr = FromLibrary(object, iid, job, events, refusal);
  if (hr != S_FALSE) return hr;
  EventSource found;
  found.iid = iid;
  return Use(std::move(found), KindOf(iid), events, refusal);
}

// The first connection point whose interface can be used: a guess, for an object that names no default one.
HRESULT FromFirstPoint(IUnknown* object, const Job& job, EventSource& events, std::u16string& refusal) {
  ComPtr<IConnectionPointContainer> container;
  HRESULT hr = Query(object, container);
  if (FAILED(hr)) return hr;
  ComPtr<IEnumConnectionPoints> points;
  hr = Returned(container->EnumConnectionPoints(points.GetAddressOf()), points);
  if (FAILED(hr)) return hr;
  HRESULT result = E_NOINTERFACE;
  for (int count = 0; count < kMostPoints && !job.canceled(); ++count) {
    ComPtr<IConnectionPoint> point;
    const HRESULT next = points->Next(1, point.GetAddressOf(), nullptr);
    hr = Returned(next, point);
    if (next != S_OK) break;
    if (FAILED(hr)) return hr;
    IID iid{};
    hr = point->GetConnectionInterface(&iid);
    std::u16string why;
    if (SUCCEEDED(hr)) hr = FromPoint(object, iid, job, events, why);
    if (hr == S_OK) return S_OK;
    if (count > 0) continue;
    // The failure that is reported is that of the first one.
    result = hr;
    refusal = std::move(why);
  }
  return result;
}

HRESULT Search(IUnknown* object, const IID* iid, const Job& job, EventSource& events,
               std::u16string& refusal) {
  HRESULT hr = FromClass(object, iid, job, events, refusal);
  if (hr != S_FALSE || job.canceled()) return hr;
  IID wanted{};
  if (iid) {
    wanted = *iid;
  } else {
    ComPtr<IProvideClassInfo2> info;
    if (FAILED(Query(object, info)) || FAILED(info->GetGUID(GUIDKIND_DEFAULT_SOURCE_DISP_IID, &wanted)))
      return job.canceled() ? RPC_E_CALL_CANCELED : FromFirstPoint(object, job, events, refusal);
  }
  ComPtr<IConnectionPoint> point;
  hr = PointFor(object, wanted, point);
  return FAILED(hr) ? hr : FromPoint(object, wanted, job, events, refusal);
}

}  // namespace

HRESULT FindEvents(IUnknown* object, const IID* iid, const Job& job, EventSource& events,
                   std::u16string& refusal) {
  const HRESULT hr = Search(object, iid, job, events, refusal);
  // A canceled call may have looked like an object without class information.
  return job.canceled() ? RPC_E_CALL_CANCELED : hr;
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
