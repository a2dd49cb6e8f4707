// PrimeBlock, a blocking function that is called without COM, and has a cancel object as a custom proxy has
// one.
#include <com_cancel.h>

namespace {

void CALLBACK WakeUp(void* event, ULONG) { SetEvent(event); }

}  // namespace

// Blocks the calling thread. S_OK when the time has passed, RPC_E_CALL_CANCELED, or a failure.
extern "C" __declspec(dllexport) HRESULT PrimeBlock(DWORD milliseconds) {
  const HANDLE canceled = CreateEventW(nullptr, TRUE, FALSE, nullptr);
  if (!canceled) return E_OUTOFMEMORY;
  com_cancel_operation* operation = nullptr;
  HRESULT hr = com_cancel_begin(WakeUp, canceled, &operation);
  if (SUCCEEDED(hr)) {
    WaitForSingleObject(canceled, milliseconds);
    hr = com_cancel_end(operation);
  }
  CloseHandle(canceled);
  return hr;
}
