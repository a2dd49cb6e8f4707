/* com_cancel.h compiles as C. */
#include <com_cancel.h>

static void CALLBACK WakeUp(void *event, ULONG seconds) {
  (void)seconds;
  SetEvent(event);
}

HRESULT com_cancel_header_in_c(void);

HRESULT com_cancel_header_in_c(void) {
  com_cancel_operation *operation;
  const HRESULT hr = com_cancel_begin(WakeUp, NULL, &operation);
  if (FAILED(hr)) return hr;
  com_cancel_test(operation);
  return com_cancel_end(operation);
}
