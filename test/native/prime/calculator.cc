// The COM interfaces of Calculator, implemented by the table of members.
#include "calculator.h"

#include <new>

#include "classes.h"
#include "enumerator.h"
#include "members.h"
#include "state.h"
#include "type_library.h"

namespace prime {
namespace {

HRESULT Refused() {
  // For a catch block: the HRESULT of the exception.
  try {
    throw;
  } catch (const Failure& failure) {
    return failure.hresult;
  } catch (const std::bad_alloc&) {
    return E_OUTOFMEMORY;
  } catch (...) {
    return E_UNEXPECTED;
  }
}

}  // namespace

HRESULT Calculator::QueryInterface(REFIID iid, void** object) {
  if (!object) return E_POINTER;
  if (iid == __uuidof(IProvideClassInfo) || iid == __uuidof(IProvideClassInfo2)) {
    *object = static_cast<IProvideClassInfo2*>(this);
  } else if (iid == __uuidof(IConnectionPointContainer)) {
    *object = static_cast<IConnectionPointContainer*>(this);
  } else if (iid == __uuidof(ISupportErrorInfo)) {
    *object = static_cast<ISupportErrorInfo*>(this);
  } else if (iid == kMembers) {
    *object = static_cast<IDispatch*>(this);
  } else {
    return CountedObject::QueryInterface(iid, object);
  }
  AddRef();
  return S_OK;
}

HRESULT Calculator::GetTypeInfoCount(UINT* count) {
  if (!count) return E_POINTER;
  *count = 1;
  return S_OK;
}

HRESULT Calculator::GetTypeInfo(UINT index, LCID, ITypeInfo** info) {
  if (!info) return E_POINTER;
  *info = nullptr;
  if (index != 0) return DISP_E_BADINDEX;
  try {
    return TypeLibrary::Get().members.CopyTo(info);
  } catch (...) {
    return Refused();
  }
}

HRESULT Calculator::GetIDsOfNames(REFIID iid, LPOLESTR* names, UINT count, LCID, DISPID* ids) {
  if (iid != IID_NULL) return DISP_E_UNKNOWNINTERFACE;
  if (count == 0) return E_INVALIDARG;
  if (!names || !ids) return E_POINTER;
  ++look_ups_;
  const Member* member = FindMember(names[0]);
  ids[0] = member ? member->id : FindOwn(names[0]);
  HRESULT hr = ids[0] == DISPID_UNKNOWN ? DISP_E_UNKNOWNNAME : S_OK;
  for (UINT index = 1; index < count; ++index) {
    ids[index] = member ? FindParameter(*member, names[index]) : DISPID_UNKNOWN;
    if (ids[index] == DISPID_UNKNOWN) hr = DISP_E_UNKNOWNNAME;
  }
  return hr;
}

HRESULT Calculator::Invoke(DISPID id, REFIID iid, LCID, WORD kinds, DISPPARAMS* passed, VARIANT* result,
                           EXCEPINFO* exception, UINT* argument) {
  if (iid != IID_NULL) return DISP_E_UNKNOWNINTERFACE;
  if (!passed) return E_POINTER;
  if (result) VariantInit(result);
  const Member* member = FindMember(id);
  try {
    if (!member) return GetOwn(id, kinds, result);
    if ((member->kinds & kinds) == 0) return DISP_E_MEMBERNOTFOUND;
    return Run(*member, kinds, *passed, result, exception);
  } catch (const Failure& failure) {
    if (argument) *argument = failure.argument;
    return failure.hresult;
  } catch (...) {
    return Refused();
  }
}

HRESULT Calculator::Run(const Member& member, WORD kinds, const DISPPARAMS& passed, VARIANT* result,
                        EXCEPINFO* exception) {
  if (exception) *exception = EXCEPINFO{};
  if (const HRESULT refused = member.counted ? refusals_.Next() : S_OK; FAILED(refused)) return refused;
  CountedCall counted(member.counted);
  Arguments call(member, kinds, passed, exception);
  const HRESULT hr = (this->*member.run)(call);
  if (hr == RPC_E_CALL_CANCELED) counted.SetCanceled();
  if (SUCCEEDED(hr) && result) *result = call.result.Detach();
  return hr;
}

HRESULT Calculator::GetClassInfo(ITypeInfo** info) {
  if (!info) return E_POINTER;
  *info = nullptr;
  try {
    return TypeLibrary::Get().coclass.CopyTo(info);
  } catch (...) {
    return Refused();
  }
}

HRESULT Calculator::GetGUID(DWORD kind, GUID* guid) {
  if (!guid) return E_POINTER;
  const bool known = kind == GUIDKIND_DEFAULT_SOURCE_DISP_IID;
  *guid = known ? kEvents : GUID{};
  return known ? S_OK : E_INVALIDARG;
}

HRESULT Calculator::EnumConnectionPoints(IEnumConnectionPoints** points) {
  if (!points) return E_POINTER;
  *points = nullptr;
  try {
    std::vector<ConnectionPointItem> all;
    all.emplace_back(&events_);
    *points = new Enumerator<IEnumConnectionPoints, ConnectionPointItem>(std::move(all));
    return S_OK;
  } catch (...) {
    return Refused();
  }
}

HRESULT Calculator::FindConnectionPoint(REFIID iid, IConnectionPoint** point) {
  if (!point) return E_POINTER;
  const bool known = iid == kEvents;
  *point = known ? &events_ : nullptr;
  if (known) events_.AddRef();
  return known ? S_OK : CONNECT_E_NOCONNECTION;
}

HRESULT Calculator::InterfaceSupportsErrorInfo(REFIID iid) {
  return iid == __uuidof(IDispatch) || iid == kMembers ? S_OK : S_FALSE;
}

}  // namespace prime
