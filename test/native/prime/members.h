// The table of the class's members: names, parameters and functions.
#pragma once

#include <array>

#include "arguments.h"

namespace prime {

class Calculator;

struct Member {
  const wchar_t* name;
  DISPID id;
  // DISPATCH_METHOD, or the DISPATCH_PROPERTY… flags of the property.
  WORD kinds;
  // Whether Started, Finished and Canceled count it.
  bool counted;
  // How many of the parameters are required.
  size_t required;
  std::array<const wchar_t*, kMaxParameters> parameters;
  HRESULT (Calculator::*run)(Arguments& call);

  size_t ParameterCount() const;
};

struct MemberRange {
  const Member* first;
  const Member* last;
  const Member* begin() const { return first; }
  const Member* end() const { return last; }
};

MemberRange AllMembers();

// Case-insensitive.
bool SameName(const wchar_t* a, const wchar_t* b);
// Null when there is none.
const Member* FindMember(const wchar_t* name);
const Member* FindMember(DISPID id);
// The position of the parameter, or -1.
DISPID FindParameter(const Member& member, const wchar_t* name);

}  // namespace prime
