// Liar, the class Prime.Liar.
#include "liar.h"

#include "classes.h"
#include "factory.h"
#include "liar_control.h"
#include "liar_results.h"
#include "liar_types.h"
#include "members.h"
#include "type_library.h"

using com_cancel::TakeOver;
using Microsoft::WRL::ComPtr;

namespace prime {
namespace {

// An IEnumVARIANT of the numbers from 1 to 3.
class LyingItems final : public com_cancel::CountedObject<IEnumVARIANT> {
 public:
  explicit LyingItems(SharedLies lies) : lies_(std::move(lies)) {}

  HRESULT STDMETHODCALLTYPE Next(ULONG count, VARIANT* items, ULONG* fetched) override {
    ULONG stored = 0;
    for (; stored < count && (next_ <= 3 || lies_->Tell(Lie::kItemsWithoutEnd)); ++stored, ++next_) {
      items[stored] = Variant::Long(next_).Detach();
      if (lies_->Tell(Lie::kItemInvalid)) MakeInvalid(*lies_, items[stored]);
    }
    *fetched = stored;
    if (lies_->Tell(Lie::kFetchedMore)) *fetched = count + 1 + lies_->Junk() % 2 * 0x7FFFFFF0;
    if (lies_->Tell(Lie::kFetchedNothing)) *fetched = 0;
    return stored == count && !lies_->Tell(Lie::kFetchedAll) ? S_OK : S_FALSE;
  }
  HRESULT STDMETHODCALLTYPE Skip(ULONG) override { return E_NOTIMPL; }
  HRESULT STDMETHODCALLTYPE Reset() override { return E_NOTIMPL; }
  HRESULT STDMETHODCALLTYPE Clone(IEnumVARIANT**) override { return E_NOTIMPL; }

 private:
  const SharedLies lies_;
  long next_ = 1;
};

}  // namespace

Liar::Liar() : lies_(std::make_shared<Lies>()), point_(TakeOver(new LyingPoint(lies_))) {}

HRESULT Liar::QueryInterface(REFIID iid, void** object) {
  if (!object) return E_POINTER;
  ComPtr<IUnknown> found;
  if (iid == __uuidof(IProvideClassInfo) || iid == __uuidof(IProvideClassInfo2)) {
    if (!lies_->Tell(Lie::kNoClassInfo)) *found.GetAddressOf() = static_cast<IProvideClassInfo2*>(this);
  } else if (iid == __uuidof(IConnectionPointContainer)) {
    *found.GetAddressOf() = static_cast<IConnectionPointContainer*>(this);
  } else if (iid == __uuidof(IDispatch) || iid == __uuidof(IUnknown)) {
    *found.GetAddressOf() = static_cast<IDispatch*>(this);
  }
  if (!found) return *object = nullptr, E_NOINTERFACE;
  AddRef();
  return lies_->Return(Lie::kQueryInterfaceNull, std::move(found), reinterpret_cast<IUnknown**>(object));
}

HRESULT Liar::GetTypeInfoCount(UINT* count) {
  *count = 1;
  return S_OK;
}

HRESULT Liar::GetTypeInfo(UINT, LCID, ITypeInfo** info) {
  *info = nullptr;
  if (lies_->Tell(Lie::kNoTypes)) return E_NOTIMPL;
  return lies_->Return(Lie::kGetTypeInfoNull, LyingType(lies_, TypeLibrary::Get().members), info);
}

HRESULT Liar::GetIDsOfNames(REFIID, LPOLESTR* names, UINT count, LCID, DISPID* ids) {
  if (lies_->Tell(Lie::kMemberIdUntouched)) return S_OK;
  for (UINT index = 0; index < count; ++index) ids[index] = DISPID_UNKNOWN;
  if (lies_->Tell(Lie::kMemberIdUnknown)) return S_OK;
  if (lies_->Tell(Lie::kMemberIdJunk)) {
    for (UINT index = 0; index < count; ++index) ids[index] = static_cast<DISPID>(lies_->Junk());
    return lies_->Junk() % 2 ? S_OK : S_FALSE;
  }
  if (SameName(names[0], L"Control")) ids[0] = kControl;
  if (SameName(names[0], L"Echo")) ids[0] = kEcho;
  return ids[0] == DISPID_UNKNOWN || count > 1 ? DISP_E_UNKNOWNNAME : S_OK;
}

HRESULT Liar::Invoke(DISPID id, REFIID, LCID, WORD, DISPPARAMS* passed, VARIANT* result, EXCEPINFO* exception,
                     UINT* argument) {
  if (result) VariantInit(result);
  return LieAboutResult(Answer(id, *passed, result), *passed, result, exception, argument);
}

HRESULT Liar::Answer(DISPID id, const DISPPARAMS& passed, VARIANT* result) {
  if (!result) return S_OK;
  switch (id) {
    case kControl:
      *result = Variant::Dispatch(NewControl(lies_, point_).Get()).Detach();
      return S_OK;
    case DISPID_NEWENUM: {
      if (lies_->Tell(Lie::kEnumeratorNull))
        V_VT(result) = VT_UNKNOWN;
      else if (lies_->Tell(Lie::kEnumeratorOther))
        *result = Variant::Unknown(point_.Get()).Detach();
      else
        *result = Variant::Unknown(TakeOver(new LyingItems(lies_)).Get()).Detach();
      return S_OK;
    }
    default:
      return passed.cArgs > 0 ? VariantCopyInd(result, &passed.rgvarg[passed.cArgs - 1]) : S_OK;
  }
}

HRESULT Liar::LieAboutResult(HRESULT honest, DISPPARAMS& passed, VARIANT* result, EXCEPINFO* exception,
                             UINT* argument) {
  if (result) ChangeResult(*lies_, *result);
  if (passed.cArgs > 0 && lies_->Tell(Lie::kArgumentInvalid)) {
    // An argument by reference belongs to the caller, whose VARIANT it replaces.
    VARIANT& first = passed.rgvarg[0];
    if (V_VT(&first) & VT_BYREF) MakeInvalid(*lies_, first);
  }
  if (lies_->Tell(Lie::kArgumentAtFaultJunk)) {
    if (argument) *argument = lies_->Junk();
    return lies_->Junk() % 2 ? DISP_E_TYPEMISMATCH : DISP_E_PARAMNOTFOUND;
  }
  SetLyingErrorInfo(lies_);
  if (exception && ChangeException(*lies_, *exception)) return DISP_E_EXCEPTION;
  if (lies_->Tell(Lie::kResultWithFailure)) return lies_->Junk() % 2 ? E_FAIL : DISP_E_MEMBERNOTFOUND;
  if (lies_->Tell(Lie::kResultOddSuccess)) return static_cast<HRESULT>(lies_->Junk() & 0x7FFFFFFF);
  return honest;
}

HRESULT Liar::GetClassInfo(ITypeInfo** info) {
  return lies_->Return(Lie::kGetClassInfoNull, LyingType(lies_, TypeLibrary::Get().coclass), info);
}

HRESULT Liar::GetGUID(DWORD, GUID* guid) {
  *guid = kEvents;
  if (lies_->Tell(Lie::kPointOfJunk)) guid->Data1 = lies_->Junk();
  return lies_->Tell(Lie::kNoTypes) ? E_NOTIMPL : S_OK;
}

HRESULT Liar::EnumConnectionPoints(IEnumConnectionPoints** points) {
  return lies_->Return(Lie::kEnumConnectionPointsNull, LyingPoints(lies_, point_), points);
}

HRESULT Liar::FindConnectionPoint(REFIID iid, IConnectionPoint** point) {
  *point = nullptr;
  if (iid != kEvents && !lies_->Tell(Lie::kPointOfJunk)) return CONNECT_E_NOCONNECTION;
  return lies_->Return<IConnectionPoint>(Lie::kFindConnectionPointNull, point_, point);
}

HRESULT GetLiarFactory(REFIID iid, void** factory) {
  const auto made = TakeOver(new (std::nothrow) Factory<Liar>);
  return made ? made->QueryInterface(iid, factory) : E_OUTOFMEMORY;
}

}  // namespace prime
