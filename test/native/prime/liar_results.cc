// The false results of a Liar's Invoke.
#include "liar_results.h"

#include <array>

#include "host/counted_object.h"
#include "variant.h"

using com_cancel::TakeOver;
using Microsoft::WRL::ComPtr;

namespace prime {
namespace {

// By reference to itself.
VARIANT* Cyclic() {
  static VARIANT variant = [] {
    VARIANT made{};
    V_VT(&made) = VT_BYREF | VT_VARIANT;
    return made;
  }();
  V_VARIANTREF(&variant) = &variant;
  return &variant;
}

void MakeArray(VARIANT& variant, VARTYPE element) {
  SAFEARRAY* const array = SafeArrayCreateVector(VT_I4, 0, 3);
  if (!array) return;
  V_VT(&variant) = static_cast<VARTYPE>(VT_ARRAY | element);
  V_ARRAY(&variant) = array;
}

HRESULT STDMETHODCALLTYPE FailToFillIn(EXCEPINFO* exception) {
  exception->wCode = 0;
  return E_FAIL;
}

class LyingErrorInfo final : public com_cancel::CountedObject<IErrorInfo> {
 public:
  explicit LyingErrorInfo(SharedLies lies) : lies_(std::move(lies)) {}

  HRESULT STDMETHODCALLTYPE GetGUID(GUID* guid) override {
    *guid = GUID{};
    return S_OK;
  }
  HRESULT STDMETHODCALLTYPE GetSource(BSTR* source) override { return Text(source); }
  HRESULT STDMETHODCALLTYPE GetDescription(BSTR* description) override { return Text(description); }
  HRESULT STDMETHODCALLTYPE GetHelpFile(BSTR* file) override { return Text(file); }
  HRESULT STDMETHODCALLTYPE GetHelpContext(DWORD* context) override {
    *context = lies_->Junk();
    return S_OK;
  }

 private:
  HRESULT Text(BSTR* text) {
    *text = nullptr;
    if (lies_->Tell(Lie::kErrorInfoNull)) return S_OK;
    if (lies_->Tell(Lie::kErrorInfoJunk)) return E_FAIL;
    *text = SysAllocStringLen(L"a\0b\xD800", 4);
    return S_OK;
  }

  const SharedLies lies_;
};

}  // namespace

void MakeInvalid(Lies& lies, VARIANT& variant) {
  constexpr std::array<VARTYPE, 14> kInvalid = {15,
                                                VT_VOID,
                                                VT_PTR,
                                                VT_SAFEARRAY,
                                                VT_LPSTR,
                                                VT_RECORD,
                                                VT_VECTOR | VT_I4,
                                                0x8003,
                                                VT_VARIANT,
                                                VT_BYREF,
                                                VT_BYREF | VT_NULL,
                                                VT_BYREF | VT_RECORD,
                                                999,
                                                0x7FFF & ~VT_ARRAY};
  VariantClear(&variant);
  V_VT(&variant) = kInvalid[lies.Junk() % kInvalid.size()];
  // Nothing may follow a pointer in a VARIANT of such a type.
  V_BYREF(&variant) = V_VT(&variant) == VT_RECORD ? nullptr : reinterpret_cast<void*>(UINT_PTR{0xBAD});
  if ((V_VT(&variant) & VT_TYPEMASK) == VT_RECORD) V_RECORDINFO(&variant) = nullptr;
}

void ChangeResult(Lies& lies, VARIANT& result) {
  if (lies.Tell(Lie::kResultInvalid)) return MakeInvalid(lies, result);
  if (lies.Tell(Lie::kResultNullReference)) {
    constexpr std::array<VARTYPE, 5> kTypes = {VT_I4, VT_BSTR, VT_VARIANT, VT_DISPATCH, VT_ARRAY | VT_I4};
    VariantClear(&result);
    V_VT(&result) = static_cast<VARTYPE>(VT_BYREF | kTypes[lies.Junk() % kTypes.size()]);
    V_BYREF(&result) = nullptr;
  } else if (lies.Tell(Lie::kResultCyclic)) {
    VariantClear(&result);
    V_VT(&result) = VT_BYREF | VT_VARIANT;
    V_VARIANTREF(&result) = Cyclic();
  } else if (lies.Tell(Lie::kResultArrayWithoutDimensions)) {
    VariantClear(&result);
    MakeArray(result, VT_I4);
    if (V_VT(&result) & VT_ARRAY) V_ARRAY(&result)->cDims = 0;
  } else if (lies.Tell(Lie::kResultArrayOfOtherSize)) {
    VariantClear(&result);
    MakeArray(result, VT_I4);
    if (V_VT(&result) & VT_ARRAY) V_ARRAY(&result)->cbElements = lies.Junk() % 2 ? 2 : 0;
  } else if (lies.Tell(Lie::kResultDecimalJunk)) {
    VariantClear(&result);
    V_DECIMAL(&result).scale = static_cast<BYTE>(lies.Junk());
    V_DECIMAL(&result).sign = static_cast<BYTE>(lies.Junk());
    V_DECIMAL(&result).Hi32 = lies.Junk();
    V_VT(&result) = VT_DECIMAL;
  }
}

bool ChangeException(Lies& lies, EXCEPINFO& exception) {
  if (lies.Tell(Lie::kExceptionEmpty)) {
    exception = EXCEPINFO{};
    return true;
  }
  if (lies.Tell(Lie::kExceptionJunk)) {
    exception.wCode = static_cast<WORD>(lies.Junk());
    exception.wReserved = static_cast<WORD>(lies.Junk());
    exception.bstrSource = SysAllocStringLen(L"\0", 1);
    exception.bstrDescription = SysAllocStringLen(L"a\0b\xD800", 4);
    exception.bstrHelpFile = nullptr;
    exception.dwHelpContext = lies.Junk();
    exception.pvReserved = reinterpret_cast<void*>(UINT_PTR{0xBAD});
    exception.pfnDeferredFillIn = nullptr;
    exception.scode = static_cast<SCODE>(lies.Junk());
    return true;
  }
  if (lies.Tell(Lie::kExceptionDeferred)) {
    exception = EXCEPINFO{};
    exception.wCode = 7;
    exception.pfnDeferredFillIn = FailToFillIn;
    return true;
  }
  return false;
}

void SetLyingErrorInfo(const SharedLies& lies) {
  if (lies->Tell(Lie::kErrorInfoNull) || lies->Tell(Lie::kErrorInfoJunk))
    SetErrorInfo(0, TakeOver<IErrorInfo>(new LyingErrorInfo(lies)).Get());
}

}  // namespace prime
