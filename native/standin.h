// The cancellation family for hosts whose ole32 lacks it, in COM's own signatures.
//
// Taken as a whole, so that its parts agree: it keeps the enable counts and the stacks of cancel objects that
// ole32 would keep. The addon exports these functions, so that other native code of the process works on the
// same stacks. The call contexts are the host's own (CoGetCallContext). Rules: contract E, O, C, S1.
#pragma once

#include "win.h"

// The addon exports them; a test server that links the library as it is simply has them.
#define COM_CANCEL_API extern "C" __declspec(dllexport)

COM_CANCEL_API HRESULT WINAPI com_cancel_CoEnableCallCancellation(void* reserved);
COM_CANCEL_API HRESULT WINAPI com_cancel_CoDisableCallCancellation(void* reserved);
COM_CANCEL_API HRESULT WINAPI com_cancel_CoSetCancelObject(IUnknown* object);
COM_CANCEL_API HRESULT WINAPI com_cancel_CoGetCancelObject(DWORD thread, REFIID iid, void** object);
COM_CANCEL_API HRESULT WINAPI com_cancel_CoCancelCall(DWORD thread, ULONG seconds);
COM_CANCEL_API HRESULT WINAPI com_cancel_CoTestCancel();
