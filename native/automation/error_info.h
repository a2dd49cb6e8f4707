// The error object that a failed call leaves on its thread: taken after a call, left by a method.
#pragma once

#include <optional>

#include "automation/call.h"

namespace com_cancel {

// Takes the error object of the calling thread; none without a text.
std::optional<ExceptionText> TakeErrorInfo();
// Leaves an error object on the calling thread, for the caller of a method of the interface `iid`; none for
// no text.
void LeaveErrorInfo(const std::optional<ExceptionText>& text, REFIID iid);

}  // namespace com_cancel
