// RefusedType, the type of a value that can't be converted, and its description in messages.
#pragma once

#include <string>

#include "host/win.h"
// After windows.h, which it needs.
#include <oaidl.h>

namespace com_cancel {

// A type that can't be converted.
struct RefusedType {
  VARTYPE vartype = VT_EMPTY;
  std::u16string record;  // of VT_RECORD: its name, if it has one
};

// The name that Automation has for a type: `VT_ARRAY|VT_RECORD (8228)`. Throws std::bad_alloc.
std::string NameOfVartype(VARTYPE type);

// The name of a record; empty for null, and for one without a name. Throws std::bad_alloc.
std::u16string NameOfRecord(IRecordInfo* record);

// The message of a value that was refused: `a result of type VT_RECORD (36), record PrimePoint, can't be
// converted`. Throws std::bad_alloc.
std::u16string DescribeRefusal(const char* what, const RefusedType& refused);

}  // namespace com_cancel
