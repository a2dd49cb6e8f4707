// An addon that connects to its host as com-cancel does, and calls three functions of Node-API.
#include "node/host_functions.h"

NAPI_MODULE_INIT() {
  if (!com_cancel::ConnectToHost(env, __builtin_return_address(0))) return nullptr;
  // The first call of each function, whose floating-point argument is in a register.
  napi_value value = nullptr;
  napi_create_double(env, 1234.5, &value);
  napi_create_date(env, -0.25, &value);
  napi_create_int32(env, -2147417848, &value);
  return exports;
}
