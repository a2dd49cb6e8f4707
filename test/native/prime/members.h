// The table of the class's members: names, parameters, and the functions that carry them out.
#pragma once

#include <array>

#include "arguments.h"

namespace prime {

class Calculator;

struct Member {
  const wchar_t* name;
  DISPID id;
  // DISPATCH_METHOD, or the DISPATCH_PROPERTY kinds that the property has.
  WORD kinds;
  // Whether Started, Finished and GaveUp count it.
  bool counted;
  // So many of the parameters can't be omitted.
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

// Case doesn't matter.
bool SameName(const wchar_t* a, const wchar_t* b);
// Null when there is none.
const Member* FindMember(const wchar_t* name);
const Member* FindMember(DISPID id);
// The parameter's position, or -1.
DISPID FindParameter(const Member& member, const wchar_t* name);

}  // namespace prime
