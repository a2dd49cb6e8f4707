// From DISPPARAMS, which has arguments last to first and named ones by DISPID, to arguments by position.
#include "arguments.h"

#include <cstdint>

#include "members.h"

namespace prime {

Arguments::Arguments(const Member& member, WORD kinds, const DISPPARAMS& passed, EXCEPINFO* exception)
    : kinds_(kinds), passed_(passed), exception_(exception) {
  const size_t parameters = member.ParameterCount();
  const bool setting = Setting();
  if (setting &&
      (passed.cNamedArgs != 1 || passed.cArgs == 0 || passed.rgdispidNamedArgs[0] != DISPID_PROPERTYPUT))
    throw Failure{DISP_E_PARAMNOTOPTIONAL};
  if (passed.cNamedArgs > passed.cArgs) throw Failure{E_INVALIDARG};
  const size_t given = passed.cArgs - (setting ? 1 : 0);
  if (given > parameters || given < member.required) throw Failure{DISP_E_BADPARAMCOUNT};

  const UINT unnamed = passed.cArgs - passed.cNamedArgs;
  for (UINT position = 0; position < unnamed; ++position) places_[position] = passed.cArgs - 1 - position;
  if (!setting) PlaceNamed(member);
  for (size_t position = 0; position < member.required; ++position)
    if (!Has(position)) throw Failure{DISP_E_PARAMNOTOPTIONAL, places_[position].value_or(0)};
}

void Arguments::PlaceNamed(const Member& member) {
  for (UINT index = 0; index < passed_.cNamedArgs; ++index) {
    const DISPID position = passed_.rgdispidNamedArgs[index];
    if (position < 0 || static_cast<size_t>(position) >= member.ParameterCount())
      throw Failure{DISP_E_PARAMNOTFOUND, index};
    auto& place = places_[static_cast<size_t>(position)];
    if (place) throw Failure{DISP_E_BADPARAMCOUNT};  // one argument twice
    place = index;
  }
}

bool Arguments::Has(size_t position) const {
  const auto place = places_[position];
  if (!place) return false;
  const VARIANT& raw = passed_.rgvarg[*place];
  return raw.vt != VT_ERROR || raw.scode != DISP_E_PARAMNOTFOUND;
}

VARIANT& Arguments::Raw(size_t position) const { return passed_.rgvarg[places_[position].value()]; }

void Arguments::Refuse(size_t position, HRESULT hr) const {
  throw Failure{hr, places_[position].value_or(0)};
}

namespace {

Variant ConvertedArgument(const Arguments& arguments, size_t position, VARTYPE type) {
  try {
    return Variant::Converted(arguments.Raw(position), type);
  } catch (const Failure& failure) {
    arguments.Refuse(position, failure.hresult);
  }
}

}  // namespace

long Arguments::Long(size_t position) const { return ConvertedArgument(*this, position, VT_I4)->lVal; }

DWORD Arguments::Milliseconds(size_t position) const {
  const long value = Long(position);
  if (value < 0) Refuse(position, DISP_E_OVERFLOW);
  return static_cast<DWORD>(value);
}

bool Arguments::Bool(size_t position, bool otherwise) const {
  return Has(position) ? ConvertedArgument(*this, position, VT_BOOL)->boolVal != VARIANT_FALSE : otherwise;
}

std::wstring Arguments::Text(size_t position) const {
  const Variant text = ConvertedArgument(*this, position, VT_BSTR);
  return std::wstring(ViewOf(text->bstrVal));
}

HRESULT Arguments::Hresult(size_t position) const {
  const VARIANT& raw = Raw(position);
  if (raw.vt == VT_ERROR) return raw.scode;
  const double number = ConvertedArgument(*this, position, VT_R8)->dblVal;
  if (!(number >= INT32_MIN && number <= UINT32_MAX)) Refuse(position, DISP_E_OVERFLOW);
  return static_cast<HRESULT>(static_cast<long long>(number));
}

Microsoft::WRL::ComPtr<IDispatch> Arguments::Object(size_t position) const {
  const Variant object = ConvertedArgument(*this, position, VT_DISPATCH);
  if (!object->pdispVal) Refuse(position, DISP_E_TYPEMISMATCH);
  return object->pdispVal;
}

Variant Arguments::Copy(size_t position) const {
  try {
    return Variant::CopyOf(Raw(position));
  } catch (const Failure& failure) {
    Refuse(position, failure.hresult);
  }
}

}  // namespace prime
