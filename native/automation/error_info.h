// TakeErrorInfo, the error object that a failed call has left on its thread.
#pragma once

#include <optional>

#include "automation/call.h"

namespace com_cancel {

// Takes the error object of the calling thread; none without a text.
std::optional<ExceptionText> TakeErrorInfo();

}  // namespace com_cancel
