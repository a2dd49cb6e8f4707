// Variant: creation, copies and conversions.
#include "variant.h"

namespace prime {

BSTR NewBstr(std::wstring_view text) {
  const BSTR made = SysAllocStringLen(text.data(), static_cast<UINT>(text.size()));
  if (!made) throw Failure{E_OUTOFMEMORY};
  return made;
}

Variant Variant::Bool(bool value) {
  Variant made;
  made->vt = VT_BOOL;
  made->boolVal = value ? VARIANT_TRUE : VARIANT_FALSE;
  return made;
}

Variant Variant::Long(long value) {
  Variant made;
  made->vt = VT_I4;
  made->lVal = value;
  return made;
}

Variant Variant::Text(std::wstring_view text) {
  Variant made;
  made->bstrVal = NewBstr(text);
  made->vt = VT_BSTR;
  return made;
}

Variant Variant::Dispatch(IDispatch* object) {
  Variant made;
  made->vt = VT_DISPATCH;
  made->pdispVal = object;
  if (object) object->AddRef();
  return made;
}

Variant Variant::Unknown(IUnknown* object) {
  Variant made;
  made->vt = VT_UNKNOWN;
  made->punkVal = object;
  if (object) object->AddRef();
  return made;
}

Variant Variant::CopyOf(const VARIANT& source) {
  Variant made;
  Check(VariantCopyInd(made.get(), Readable(source)));
  return made;
}

Variant Variant::Converted(const VARIANT& source, VARTYPE type) {
  Variant made;
  const LCID english = MAKELCID(MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US), SORT_DEFAULT);
  Check(VariantChangeTypeEx(made.get(), Readable(source), english, 0, type));
  return made;
}

}  // namespace prime
