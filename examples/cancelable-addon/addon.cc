// An add-on whose blocking function can be canceled, like a COM call: it uses com_cancel.h.
//
// sleep(ms) blocks the thread for so many milliseconds. Returns true, or false when it was canceled.
#define NAPI_VERSION 8
#include <com_cancel.h>
#include <node_api.h>

#include <cstddef>
#include <cstdint>

namespace {

void CALLBACK WakeUp(void* event, ULONG) { SetEvent(event); }

// S_OK when the time has passed, RPC_E_CALL_CANCELED, or a failure.
HRESULT CancelableSleep(DWORD milliseconds) {
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

napi_value Sleep(napi_env env, napi_callback_info info) {
  std::size_t count = 1;
  napi_value argument = nullptr;
  napi_value result = nullptr;
  std::uint32_t milliseconds = 0;
  napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr);
  if (count < 1 || napi_get_value_uint32(env, argument, &milliseconds) != napi_ok) {
    napi_throw_type_error(env, nullptr, "sleep: ms must be a number");
    return nullptr;
  }
  const HRESULT hr = CancelableSleep(milliseconds);
  if (FAILED(hr) && hr != RPC_E_CALL_CANCELED) {
    napi_throw_error(env, nullptr, "sleep: CoSetCancelObject failed");
    return nullptr;
  }
  napi_get_boolean(env, SUCCEEDED(hr), &result);
  return result;
}

}  // namespace

NAPI_MODULE_INIT() {
  napi_value sleep = nullptr;
  napi_create_function(env, "sleep", NAPI_AUTO_LENGTH, Sleep, nullptr, &sleep);
  napi_set_named_property(env, exports, "sleep", sleep);
  return exports;
}
