// The samples: extreme values where a type has them, so that a wrong width or sign is noticed.
#include "samples.h"

#include <cstdint>
#include <cwchar>
#include <iterator>
#include <string>
#include <vector>

#include "type_library.h"

namespace prime {
namespace {

constexpr struct {
  const wchar_t* name;
  VARTYPE type;
} kScalars[] = {
    {L"i1", VT_I1},
    {L"ui1", VT_UI1},
    {L"i2", VT_I2},
    {L"ui2", VT_UI2},
    {L"i4", VT_I4},
    {L"ui4", VT_UI4},
    {L"int", VT_INT},
    {L"uint", VT_UINT},
    {L"i8", VT_I8},
    {L"ui8", VT_UI8},
    {L"r4", VT_R4},
    {L"r8", VT_R8},
    {L"cy", VT_CY},
    {L"decimal", VT_DECIMAL},
    {L"date", VT_DATE},
    {L"bool", VT_BOOL},
    {L"bstr", VT_BSTR},
    {L"error", VT_ERROR},
    {L"dispatch", VT_DISPATCH},
    {L"unknown", VT_UNKNOWN},
};

Variant Scalar(VARTYPE type, IDispatch* self) {
  switch (type) {
    case VT_BSTR:
      return Variant::Text(L"Prim\u00e9 \u7d20\u6570 \U0001F522");
    case VT_BOOL:
      return Variant::Bool(true);
    case VT_DISPATCH:
      return Variant::Dispatch(self);
    case VT_UNKNOWN:
      return Variant::Unknown(self);
    default:
      break;
  }
  Variant made;
  switch (type) {
    case VT_I1:
      made->cVal = static_cast<CHAR>(INT8_MIN);
      break;
    case VT_UI1:
      made->bVal = UINT8_MAX;
      break;
    case VT_I2:
      made->iVal = INT16_MIN;
      break;
    case VT_UI2:
      made->uiVal = UINT16_MAX;
      break;
    case VT_I4:
    case VT_INT:
      made->lVal = INT32_MIN;
      break;
    case VT_UI4:
    case VT_UINT:
      made->ulVal = UINT32_MAX;
      break;
    case VT_I8:
      made->llVal = INT64_MIN;
      break;
    case VT_UI8:
      made->ullVal = UINT64_MAX;
      break;
    case VT_R4:
      made->fltVal = 0.5F;
      break;
    case VT_R8:
      made->dblVal = 3.141592653589793;
      break;
    case VT_CY:  // -922337203685477.5808
      made->cyVal.int64 = INT64_MIN;
      break;
    case VT_DECIMAL:  // -7.9228162514264337593543950335
      made->decVal.scale = 28;
      made->decVal.sign = DECIMAL_NEG;
      made->decVal.Hi32 = UINT32_MAX;
      made->decVal.Lo64 = UINT64_MAX;
      break;
    case VT_DATE:  // 2000-01-01 12:00
      made->date = 36526.5;
      break;
    case VT_ERROR:
      made->scode = DISP_E_OVERFLOW;
      break;
    default:
      throw Failure{E_UNEXPECTED};
  }
  made->vt = type;  // last: a DECIMAL overwrites it
  return made;
}

Variant EmptyArray(VARTYPE element, std::initializer_list<SAFEARRAYBOUND> dimensions) {
  // SafeArrayCreate takes a plain pointer, and does not change the data.
  auto bounds = std::vector<SAFEARRAYBOUND>(dimensions);
  Variant made;
  made->parray = SafeArrayCreate(element, static_cast<UINT>(bounds.size()), bounds.data());
  if (!made->parray) throw Failure{E_OUTOFMEMORY};
  made->vt = static_cast<VARTYPE>(VT_ARRAY | element);
  return made;
}

void Put(Variant& array, std::initializer_list<LONG> indexes, Variant value) {
  auto place = std::vector<LONG>(indexes);
  const VARTYPE element = array->vt & VT_TYPEMASK;
  void* source = &value->llVal;
  if (element == VT_VARIANT) source = value.get();
  if (element == VT_BSTR || element == VT_DISPATCH || element == VT_UNKNOWN) source = value->byref;
  DECIMAL decimal;
  if (element == VT_DECIMAL) {
    decimal = value->decVal;
    decimal.wReserved = 0;  // the position of the type in a VARIANT
    source = &decimal;
  }
  Check(SafeArrayPutElement(array->parray, place.data(), source));
}

// Three elements. The middle one is not set: zero, NULL or empty.
Variant ArrayOf(VARTYPE element, IDispatch* self) {
  Variant array = EmptyArray(element, {{3, 0}});
  Put(array, {0}, Scalar(element, self));
  Put(array, {2}, Scalar(element, self));
  return array;
}

// 2 rows of 3: the element at (row, column) is 10 * row + column.
Variant TwoDimensional(IDispatch*) {
  Variant array = EmptyArray(VT_I4, {{2, 0}, {3, 0}});
  for (LONG row = 0; row < 2; ++row)
    for (LONG column = 0; column < 3; ++column) Put(array, {row, column}, Variant::Long(10 * row + column));
  return array;
}

// 2 by 1 by 2, from lower bounds 1, -1 and 5: the element at (a, b, c) is 100 * a + 10 * b + c.
Variant ThreeDimensional(IDispatch*) {
  Variant array = EmptyArray(VT_VARIANT, {{2, 1}, {1, -1}, {2, 5}});
  for (LONG a = 1; a < 3; ++a)
    for (LONG c = 5; c < 7; ++c) Put(array, {a, -1, c}, Variant::Long(100 * a - 10 + c));
  return array;
}

Variant Mixed(IDispatch* self) {
  Variant array = EmptyArray(VT_VARIANT, {{5, 0}});
  Put(array, {0}, Variant::Long(1));
  Put(array, {1}, Variant::Text(L"two"));
  Put(array, {3}, Variant::Bool(true));
  Put(array, {4}, Variant::Dispatch(self));
  return array;
}

Variant Nested(IDispatch* self) {
  Variant inner = EmptyArray(VT_VARIANT, {{1, 0}});
  Put(inner, {0}, ArrayOf(VT_BSTR, self));
  Variant array = EmptyArray(VT_VARIANT, {{3, 0}});
  Put(array, {0}, ArrayOf(VT_I4, self));
  Put(array, {1}, TwoDimensional(self));
  Put(array, {2}, std::move(inner));
  return array;
}

Variant Bounds(IDispatch*) {
  Variant array = EmptyArray(VT_I4, {{2, 5}});
  Put(array, {5}, Variant::Long(5));
  Put(array, {6}, Variant::Long(6));
  return array;
}

Variant OfType(VARTYPE type) {
  Variant made;
  made->vt = type;
  return made;
}

Variant Record(IDispatch*) {
  IRecordInfo* type = TypeLibrary::Get().point.Get();
  if (!type) throw Failure{E_NOTIMPL};
  Variant made;
  made->pvRecord = type->RecordCreate();
  if (!made->pvRecord) throw Failure{E_OUTOFMEMORY};
  made->pRecInfo = type;
  type->AddRef();
  made->vt = VT_RECORD;
  return made;
}

const struct {
  const wchar_t* name;
  Variant (*make)(IDispatch* self);
} kSpecial[] = {
    {L"empty", [](IDispatch*) { return Variant(); }},
    {L"null", [](IDispatch*) { return OfType(VT_NULL); }},
    {L"missing",
     [](IDispatch*) {
       Variant made = OfType(VT_ERROR);
       made->scode = DISP_E_PARAMNOTFOUND;
       return made;
     }},
    {L"bool-false", [](IDispatch*) { return Variant::Bool(false); }},
    {L"bstr-null", [](IDispatch*) { return OfType(VT_BSTR); }},
    {L"bstr-empty", [](IDispatch*) { return Variant::Text(L""); }},
    {L"bstr-nul",
     [](IDispatch*) {
       return Variant::Text({L"a\0b", 3});
     }},
    {L"bstr-surrogate",
     [](IDispatch*) {
       constexpr wchar_t lone[] = {L'a', 0xD800, L'b'};
       return Variant::Text({lone, std::size(lone)});
     }},
    {L"dispatch-null", [](IDispatch*) { return OfType(VT_DISPATCH); }},
    {L"unknown-null", [](IDispatch*) { return OfType(VT_UNKNOWN); }},
    {L"array-variant", Mixed},
    {L"array-empty",
     [](IDispatch*) {
       return EmptyArray(VT_VARIANT, {{0, 0}});
     }},
    {L"array-null", [](IDispatch*) { return OfType(VT_ARRAY | VT_VARIANT); }},
    {L"array-bounds", Bounds},
    {L"array-nested", Nested},
    {L"array2-i4", TwoDimensional},
    {L"array3-variant", ThreeDimensional},
    {L"record", Record},
};

constexpr std::wstring_view kArray = L"array-";
constexpr std::wstring_view kRaw = L"vt-";

bool StartsWith(std::wstring_view name, std::wstring_view start) {
  return name.substr(0, start.size()) == start;
}

}  // namespace

bool MakeSample(std::wstring_view name, IDispatch* self, Variant& sample) {
  for (const auto& special : kSpecial)
    if (name == special.name) return sample = special.make(self), true;
  for (const auto& scalar : kScalars) {
    if (name == scalar.name) return sample = Scalar(scalar.type, self), true;
    if (StartsWith(name, kArray) && name.substr(kArray.size()) == scalar.name)
      return sample = ArrayOf(scalar.type, self), true;
  }
  if (!StartsWith(name, kRaw)) return false;
  const std::wstring number(name.substr(kRaw.size()));
  sample = OfType(static_cast<VARTYPE>(std::wcstoul(number.c_str(), nullptr, 10)));
  return true;
}

Variant SampleNames() {
  std::vector<std::wstring> names;
  for (const auto& special : kSpecial) names.emplace_back(special.name);
  for (const auto& scalar : kScalars) names.emplace_back(scalar.name);
  for (const auto& scalar : kScalars) names.push_back(std::wstring(kArray) + scalar.name);
  Variant array = EmptyArray(VT_BSTR, {{static_cast<ULONG>(names.size()), 0}});
  for (size_t index = 0; index < names.size(); ++index)
    Put(array, {static_cast<LONG>(index)}, Variant::Text(names[index]));
  return array;
}

}  // namespace prime
