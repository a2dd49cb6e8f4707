// Waits that pump messages.
#include "host/pump.h"

namespace com_cancel {

bool InSingleThreadedApartment() {
  APTTYPE type;
  APTTYPEQUALIFIER qualifier;
  return SUCCEEDED(CoGetApartmentType(&type, &qualifier)) && (type == APTTYPE_STA || type == APTTYPE_MAINSTA);
}

bool WaitAsInCall(HANDLE handle, DWORD milliseconds) {
  if (!InSingleThreadedApartment()) return WaitForSingleObject(handle, milliseconds) == WAIT_OBJECT_0;
  DWORD index = 0;
  const HRESULT hr = CoWaitForMultipleHandles(COWAIT_DEFAULT, milliseconds, 1, &handle, &index);
  if (SUCCEEDED(hr)) return true;
  // RPC_S_CALLPENDING means that the time has passed. Any other failure must not become a loop without a
  // pause.
  return hr != RPC_S_CALLPENDING && WaitForSingleObject(handle, milliseconds) == WAIT_OBJECT_0;
}

void PauseAsInCall(DWORD milliseconds) {
  const UniqueHandle never(CreateEventW(nullptr, TRUE, FALSE, nullptr));
  if (never)
    WaitAsInCall(never.get(), milliseconds);
  else
    Sleep(milliseconds);
}

void PumpUntil(HANDLE handle, DWORD milliseconds) {
  const auto until = Clock::now() + std::chrono::milliseconds(milliseconds);
  for (;;) {
    const DWORD left = milliseconds == INFINITE ? INFINITE : MillisecondsUntil(until);
    if (MsgWaitForMultipleObjectsEx(1, &handle, left, QS_ALLINPUT, MWMO_INPUTAVAILABLE) != WAIT_OBJECT_0 + 1)
      return;
    MSG message;
    while (PeekMessageW(&message, nullptr, 0, 0, PM_REMOVE)) {
      // A stray WM_QUIT is meant for a user interface. This thread ends when its queue is closed.
      if (message.message == WM_QUIT) continue;
      TranslateMessage(&message);
      DispatchMessageW(&message);
    }
  }
}

}  // namespace com_cancel
