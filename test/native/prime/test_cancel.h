// CoTestCancel, of the system or, where ole32 lacks it, of the stand-in.
#pragma once

#include "host/win.h"

namespace prime {

HRESULT TestCancel();

// Whether the caller of the current call has canceled it. A direct call can't be canceled (C14): false.
inline bool IsCanceled() { return TestCancel() == RPC_E_CALL_CANCELED; }

}  // namespace prime
