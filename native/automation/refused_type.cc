// RefusedType, the type of a value that can't be converted, and its description in messages.
#include "automation/refused_type.h"

#include <array>

#include "host/returned.h"
#include "host/text.h"

namespace com_cancel {

std::string NameOfVartype(VARTYPE type) {
  static constexpr std::array<const char*, 39> kNames = {
      "VT_EMPTY",   "VT_NULL",        "VT_I2",       "VT_I4",      "VT_R4",      "VT_R8",      "VT_CY",
      "VT_DATE",    "VT_BSTR",        "VT_DISPATCH", "VT_ERROR",   "VT_BOOL",    "VT_VARIANT", "VT_UNKNOWN",
      "VT_DECIMAL", nullptr,          "VT_I1",       "VT_UI1",     "VT_UI2",     "VT_UI4",     "VT_I8",
      "VT_UI8",     "VT_INT",         "VT_UINT",     "VT_VOID",    "VT_HRESULT", "VT_PTR",     "VT_SAFEARRAY",
      "VT_CARRAY",  "VT_USERDEFINED", "VT_LPSTR",    "VT_LPWSTR",  nullptr,      nullptr,      nullptr,
      nullptr,      "VT_RECORD",      "VT_INT_PTR",  "VT_UINT_PTR"};
  std::string name;
  if (type & VT_BYREF) name += "VT_BYREF|";
  if (type & VT_ARRAY) name += "VT_ARRAY|";
  if (type & VT_VECTOR) name += "VT_VECTOR|";
  const unsigned base = type & VT_TYPEMASK;
  const char* const known = base < kNames.size() ? kNames[base] : nullptr;
  name += known ? known : "VT_" + std::to_string(base);
  return name + " (" + std::to_string(type) + ")";
}

std::u16string NameOfRecord(IRecordInfo* record) {
  BSTR name = nullptr;
  if (!record || FAILED(Returned(record->GetName(&name), name))) return {};
  return TakeText(name);
}

std::u16string DescribeRefusal(const char* what, const RefusedType& refused) {
  const std::string type = std::string(what) + " of type " + NameOfVartype(refused.vartype);
  std::u16string text(type.begin(), type.end());
  if (!refused.record.empty()) text += u", record " + refused.record + u",";
  return text + u" can't be converted";
}

}  // namespace com_cancel
