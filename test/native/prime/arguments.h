// Arguments, one call of IDispatch::Invoke for a member: its arguments by position, named or not.
#pragma once

#include <wrl/client.h>

#include <array>
#include <optional>
#include <string>

#include "variant.h"

namespace prime {

struct Member;

inline constexpr size_t kMaxParameters = 5;

class Arguments {
 public:
  // Throws Failure when the arguments don't fit the member's parameters.
  Arguments(const Member& member, WORD kinds, const DISPPARAMS& passed, EXCEPINFO* exception);

  // Whether the property is set, not read.
  bool Setting() const { return (kinds_ & (DISPATCH_PROPERTYPUT | DISPATCH_PROPERTYPUTREF)) != 0; }
  bool SettingReference() const { return (kinds_ & DISPATCH_PROPERTYPUTREF) != 0; }
  // The new value of the property, as it was passed.
  const VARIANT& NewValue() const { return passed_.rgvarg[0]; }

  // Whether an argument was passed, even if it is DISP_E_PARAMNOTFOUND.
  bool Passed(size_t position) const { return places_[position].has_value(); }
  // False for an omitted argument: a missing one, or DISP_E_PARAMNOTFOUND.
  bool Has(size_t position) const;
  // The argument as it was passed, perhaps by reference. It must have been passed.
  VARIANT& Raw(size_t position) const;
  // These convert, or throw a Failure with the index of the argument.
  long Long(size_t position) const;
  long Long(size_t position, long otherwise) const { return Has(position) ? Long(position) : otherwise; }
  // A time in milliseconds, not negative.
  DWORD Milliseconds(size_t position) const;
  bool Bool(size_t position, bool otherwise) const;
  std::wstring Text(size_t position) const;
  std::wstring Text(size_t position, const wchar_t* otherwise) const {
    return Has(position) ? Text(position) : otherwise;
  }
  // An HRESULT, which may be written as a positive number.
  HRESULT Hresult(size_t position) const;
  Microsoft::WRL::ComPtr<IDispatch> Object(size_t position) const;
  Variant Copy(size_t position) const;

  [[noreturn]] void Refuse(size_t position, HRESULT hr) const;

  // The return value of the member.
  Variant result;

  // For the details of a member that returns DISP_E_EXCEPTION; null when the caller passed null.
  EXCEPINFO* exception() const { return exception_; }

 private:
  void PlaceNamed(const Member& member);

  const WORD kinds_;
  const DISPPARAMS& passed_;
  EXCEPINFO* const exception_;
  // The index in rgvarg of each position.
  std::array<std::optional<UINT>, kMaxParameters> places_;
};

}  // namespace prime
