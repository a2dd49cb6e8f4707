// Members that take and return values of each type, and the values that the object stores.
#include <algorithm>
#include <cstring>

#include "calculator.h"
#include "enumerator.h"
#include "samples.h"

namespace prime {
namespace {

// The size of a type in a VARIANT's union, or 0 when a reference to it can't be assigned.
size_t SizeOf(VARTYPE type) {
  switch (type) {
    case VT_I1:
    case VT_UI1:
      return 1;
    case VT_I2:
    case VT_UI2:
    case VT_BOOL:
      return 2;
    case VT_I4:
    case VT_UI4:
    case VT_INT:
    case VT_UINT:
    case VT_R4:
    case VT_ERROR:
      return 4;
    case VT_I8:
    case VT_UI8:
    case VT_R8:
    case VT_CY:
    case VT_DATE:
      return 8;
    case VT_BSTR:
    case VT_DISPATCH:
    case VT_UNKNOWN:
      return sizeof(void*);
    default:
      return (type & VT_ARRAY) ? sizeof(void*) : 0;
  }
}

// The variable behind a by-reference argument.
class Reference {
 public:
  Reference(const Arguments& call, size_t position) : variable_(call.Raw(position)) {
    if ((variable_.vt & VT_BYREF) == 0 || !variable_.byref) call.Refuse(position, DISP_E_TYPEMISMATCH);
    if (!IsVariant() && type() != VT_DECIMAL && SizeOf(type()) == 0) call.Refuse(position, DISP_E_BADVARTYPE);
  }

  // The value, converted to the type of the variable.
  Variant Fit(const Variant& value) const {
    return IsVariant() || value->vt == type() ? Variant::CopyOf(*value) : Variant::Converted(*value, type());
  }

  // Assigns a value of the right type.
  void Set(Variant value) const {
    if (IsVariant()) {
      VariantClear(variable_.pvarVal);
      *variable_.pvarVal = value.Detach();
      return;
    }
    Variant old;  // clears the old value of the variable
    old->vt = type();
    if (type() == VT_DECIMAL) {
      *variable_.pdecVal = value.Detach().decVal;
      return;
    }
    const size_t size = SizeOf(type());
    std::memcpy(&old->llVal, variable_.byref, size);
    std::memcpy(variable_.byref, &value->llVal, size);
    value.Detach();
  }

 private:
  VARTYPE type() const { return variable_.vt & static_cast<VARTYPE>(~VT_BYREF); }
  bool IsVariant() const { return type() == VT_VARIANT; }

  const VARIANT& variable_;
};

}  // namespace

HRESULT Calculator::Return(Arguments& call) {
  if (!MakeSample(call.Text(0), this, call.result)) call.Refuse(0, E_INVALIDARG);
  return S_OK;
}

HRESULT Calculator::TypeNames(Arguments& call) {
  call.result = SampleNames();
  return S_OK;
}

HRESULT Calculator::Echo(Arguments& call) {
  if (!call.Passed(0)) return DISP_E_BADPARAMCOUNT;
  call.result = call.Copy(0);
  return S_OK;
}

HRESULT Calculator::TypeOf(Arguments& call) {
  if (!call.Passed(0)) return DISP_E_BADPARAMCOUNT;
  call.result = Variant::Long(call.Raw(0).vt);
  return S_OK;
}

HRESULT Calculator::Swap(Arguments& call) {
  const Reference a(call, 0);
  const Reference b(call, 1);
  // Everything that can fail, before either is changed.
  Variant for_a = a.Fit(call.Copy(1));
  Variant for_b = b.Fit(call.Copy(0));
  a.Set(std::move(for_a));
  b.Set(std::move(for_b));
  return S_OK;
}

HRESULT Calculator::Value(Arguments& call) {
  if (!call.Setting()) {
    const com_cancel::Guard guard(lock_);
    call.result = Variant::CopyOf(*value_);
    return S_OK;
  }
  Variant value = Variant::CopyOf(call.NewValue());
  if (call.SettingReference() && value->vt != VT_DISPATCH && value->vt != VT_UNKNOWN)
    return DISP_E_TYPEMISMATCH;
  const com_cancel::Guard guard(lock_);
  std::swap(*value_.get(), *value.get());
  value_set_by_ = call.SettingReference() ? L"set-reference" : L"set";
  return S_OK;
}

HRESULT Calculator::ValueSetBy(Arguments& call) {
  const com_cancel::Guard guard(lock_);
  call.result = Variant::Text(value_set_by_);
  return S_OK;
}

HRESULT Calculator::Item(Arguments& call) {
  std::wstring key = call.Text(0);
  Variant value;
  if (call.Setting()) value = Variant::CopyOf(call.NewValue());

  const com_cancel::Guard guard(lock_);
  const auto found =
      std::find_if(items_.begin(), items_.end(), [&](const auto& item) { return item.first == key; });
  if (!call.Setting()) {
    if (found == items_.end()) return DISP_E_BADINDEX;
    call.result = Variant::CopyOf(*found->second);
  } else if (found == items_.end()) {
    items_.emplace_back(std::move(key), std::move(value));
  } else {
    std::swap(*found->second.get(), *value.get());
  }
  return S_OK;
}

HRESULT Calculator::Count(Arguments& call) {
  const com_cancel::Guard guard(lock_);
  call.result = Variant::Long(static_cast<long>(items_.size()));
  return S_OK;
}

HRESULT Calculator::NewEnum(Arguments& call) {
  std::vector<VariantItem> values;
  {
    const com_cancel::Guard guard(lock_);
    for (const auto& item : items_) values.push_back({Variant::CopyOf(*item.second)});
  }
  const auto enumerator = com_cancel::TakeOver(new Enumerator<IEnumVARIANT, VariantItem>(std::move(values)));
  call.result = Variant::Unknown(enumerator.Get());
  return S_OK;
}

}  // namespace prime
