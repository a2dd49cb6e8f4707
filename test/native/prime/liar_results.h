// The false results of a Liar's Invoke.
#pragma once

#include "lies.h"
// After win.h, which it needs.
#include <oleauto.h>

namespace prime {

// Replaces a VARIANT by one of a type that does not exist, or that Automation does not allow there.
void MakeInvalid(Lies& lies, VARIANT& variant);
// Replaces a result, or leaves it as it is.
void ChangeResult(Lies& lies, VARIANT& result);
// Whether it filled `exception`.
bool ChangeException(Lies& lies, EXCEPINFO& exception);
// Sets the error object of the thread, or leaves it as it is.
void SetLyingErrorInfo(const SharedLies& lies);

}  // namespace prime
