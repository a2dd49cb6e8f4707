// FunctionFrom, which takes a JavaScript function, and CallFunction, which calls one from the event loop.
#pragma once

#include <napi.h>

#include <initializer_list>

namespace com_cancel {

// Throws TypeError for anything but a function.
Napi::Function FunctionFrom(Napi::Value value);

// An exception becomes the process's uncaughtException. By the C functions of Node-API: in an environment
// that is being terminated every call fails, and a C++ exception could not become a JavaScript one.
void CallFunction(napi_env env, napi_value receiver, napi_value function,
                  std::initializer_list<napi_value> arguments);

}  // namespace com_cancel
