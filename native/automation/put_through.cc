// PutThrough, which assigns a new value to a by-reference VARIANT, and ReplaceScalar, which stores one.
#include "automation/put_through.h"

#include <type_traits>

#include "automation/scalar_codecs.h"

namespace com_cancel {
namespace {

// Replaces the array at `place` by a new one, and destroys it.
HRESULT ReplaceArray(OwnedVariant* replacement, void* place) {
  SAFEARRAY* const before = Load<SAFEARRAY*>(place);
  if (before && before->fFeatures & (FADF_AUTO | FADF_STATIC | FADF_EMBEDDED | FADF_FIXEDSIZE)) {
    // Such an array can't be freed. Its elements are replaced if there are equally many.
    return SafeArrayCopyData(V_ARRAY(&replacement->get()), before);
  }
  const HRESULT hr = before ? SafeArrayDestroy(before) : S_OK;
  if (FAILED(hr)) return hr;
  const VARIANT moved = replacement->Detach();
  Store(V_ARRAY(&moved), place);
  return S_OK;
}

HRESULT Put(const VARIANT& reference, OwnedVariant* replacement, unsigned depth) {
  const VARTYPE vartype = V_VT(&reference);
  void* const place = V_BYREF(&reference);
  if (!(vartype & VT_BYREF)) return DISP_E_TYPEMISMATCH;
  if (!place) return E_POINTER;
  const auto wanted = static_cast<VARTYPE>(vartype & ~VT_BYREF);
  if (wanted == VT_VARIANT) {
    VARIANT* const target = static_cast<VARIANT*>(place);
    // A reference to a reference: the value belongs at the end of the chain.
    if (V_VT(target) & VT_BYREF) {
      return depth < kMaxDepth ? Put(*target, replacement, depth + 1) : DISP_E_OVERFLOW;
    }
    const HRESULT hr = VariantClear(target);
    if (FAILED(hr)) return hr;
    *target = replacement->Detach();
    return S_OK;
  }
  if (V_VT(&replacement->get()) != wanted) {
    if ((V_VT(&replacement->get()) | wanted) & VT_ARRAY) return DISP_E_TYPEMISMATCH;
    OwnedVariant changed;
    VARIANT source = replacement->get();
    const HRESULT hr = VariantChangeTypeEx(changed.Receive(), &source, LOCALE_INVARIANT, 0, wanted);
    if (FAILED(hr)) return hr;
    *replacement = std::move(changed);
  }
  if (wanted & VT_ARRAY) return ReplaceArray(replacement, place);
  return ReplaceScalar(replacement, place);
}

}  // namespace

HRESULT ReplaceScalar(OwnedVariant* replacement, void* place) {
  VARIANT moved = replacement->Detach();
  const VARTYPE vartype = V_VT(&moved);
  return WithScalarCodec(vartype, DISP_E_BADVARTYPE, [&]([[maybe_unused]] auto codec) {
    using Cell = typename decltype(codec)::Cell;
    const Cell before = Load<Cell>(place);
    Store(Load<Cell>(DataOf(moved)), place);
    if constexpr (std::is_same_v<Cell, BSTR>) {
      SysFreeString(before);
    } else if constexpr (std::is_same_v<Cell, IUnknown*>) {
      if (before) before->Release();
    }
    return S_OK;
  });
}

HRESULT PutThrough(const VARIANT& reference, const Value& value, const PointerConversion& pointers,
                   RefusedType* refused) {
  OwnedVariant replacement;
  const HRESULT hr = ToVariant(value, pointers, replacement.Receive(), refused);
  return SUCCEEDED(hr) ? Put(reference, &replacement, 0) : hr;
}

}  // namespace com_cancel
