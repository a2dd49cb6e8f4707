// Waits that pump messages.
#include "host/pump.h"

namespace com_cancel {
namespace {

// What is left of a wait for `milliseconds`, which may be INFINITE, until a moment.
DWORD MillisecondsUntil(Clock::time_point until, DWORD milliseconds) {
  return milliseconds == INFINITE ? INFINITE : com_cancel::MillisecondsUntil(until);
}

}  // namespace

bool InSingleThreadedApartment() {
  APTTYPE type;
  APTTYPEQUALIFIER qualifier;
  return SUCCEEDED(CoGetApartmentType(&type, &qualifier)) && (type == APTTYPE_STA || type == APTTYPE_MAINSTA);
}

bool WaitAsInCall(HANDLE handle, DWORD milliseconds) {
  if (!InSingleThreadedApartment()) return WaitForSingleObject(handle, milliseconds) == WAIT_OBJECT_0;
  const auto until = Clock::now() + std::chrono::milliseconds(milliseconds);
  DWORD index = 0;
  const HRESULT hr = CoWaitForMultipleHandles(COWAIT_DEFAULT, milliseconds, 1, &handle, &index);
  if (SUCCEEDED(hr)) return true;
  // RPC_S_CALLPENDING means that the time has passed. After any other failure, such as a cancel by the
  // message filter, the wait goes on: the apartment must still serve calls, and the caller must not loop
  // without a pause.
  return hr != RPC_S_CALLPENDING && PumpUntil(handle, MillisecondsUntil(until, milliseconds));
}

void PauseAsInCall(DWORD milliseconds) {
  const UniqueHandle never(CreateEventW(nullptr, TRUE, FALSE, nullptr));
  if (never)
    WaitAsInCall(never.get(), milliseconds);
  else
    Sleep(milliseconds);
}

bool PumpUntil(HANDLE handle, DWORD milliseconds) {
  const auto until = Clock::now() + std::chrono::milliseconds(milliseconds);
  for (;;) {
    const DWORD left = MillisecondsUntil(until, milliseconds);
    const DWORD woken = MsgWaitForMultipleObjectsEx(1, &handle, left, QS_ALLINPUT, MWMO_INPUTAVAILABLE);
    if (woken != WAIT_OBJECT_0 + 1) return woken == WAIT_OBJECT_0;
    // One message at a time: a window that never validates always has another WM_PAINT, and the handle and
    // the time are checked between two messages.
    MSG message;
    // A stray WM_QUIT is meant for a user interface. This thread ends when its queue is closed.
    if (PeekMessageW(&message, nullptr, 0, 0, PM_REMOVE) && message.message != WM_QUIT) {
      TranslateMessage(&message);
      DispatchMessageW(&message);
    }
    if (left == 0) return WaitForSingleObject(handle, 0) == WAIT_OBJECT_0;
  }
}

}  // namespace com_cancel
