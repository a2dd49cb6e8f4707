// One call of IDispatch::Invoke as a member sees it: arguments by position, however they were passed.
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

  // Whether the property is set, and not read.
  bool Setting() const { return (kinds_ & (DISPATCH_PROPERTYPUT | DISPATCH_PROPERTYPUTREF)) != 0; }
  bool SettingReference() const { return (kinds_ & DISPATCH_PROPERTYPUTREF) != 0; }
  // What the property is set to, as it was passed.
  const VARIANT& NewValue() const { return passed_.rgvarg[0]; }

  // Whether it was passed at all, be it as the sign for an omitted argument.
  bool Passed(size_t position) const { return places_[position].has_value(); }
  // Omitted arguments are those that are missing or that say DISP_E_PARAMNOTFOUND.
  bool Has(size_t position) const;
  // The argument as it was passed, which must be there: perhaps by reference.
  VARIANT& Raw(size_t position) const;
  // Converted, or else a Failure that says which argument is at fault.
  long Long(size_t position) const;
  long Long(size_t position, long otherwise) const { return Has(position) ? Long(position) : otherwise; }
  // A time in milliseconds: not negative.
  DWORD Milliseconds(size_t position) const;
  bool Bool(size_t position, bool otherwise) const;
  std::wstring Text(size_t position) const;
  std::wstring Text(size_t position, const wchar_t* otherwise) const {
    return Has(position) ? Text(position) : otherwise;
  }
  // Any HRESULT: also one written as a positive number.
  HRESULT Hresult(size_t position) const;
  Microsoft::WRL::ComPtr<IDispatch> Object(size_t position) const;
  Variant Copy(size_t position) const;

  [[noreturn]] void Refuse(size_t position, HRESULT hr) const;

  // What the member returns.
  Variant result;

  // Where a member that returns DISP_E_EXCEPTION puts its details; null when the caller wants none.
  EXCEPINFO* exception() const { return exception_; }

 private:
  void PlaceNamed(const Member& member);

  const WORD kinds_;
  const DISPPARAMS& passed_;
  EXCEPINFO* const exception_;
  // Index in rgvarg by position.
  std::array<std::optional<UINT>, kMaxParameters> places_;
};

}  // namespace prime
