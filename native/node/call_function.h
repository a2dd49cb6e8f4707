// CallFunction, which calls a JavaScript function from the event loop.
#pragma once

#include <node_api.h>

#include <initializer_list>

namespace com_cancel {

// An exception becomes the process's uncaughtException. By the C functions of Node-API: in an environment
// that is being terminated every call fails, and a C++ exception could not become a JavaScript one.
void CallFunction(napi_env env, napi_value receiver, napi_value function,
                  std::initializer_list<napi_value> arguments);

}  // namespace com_cancel
