// ConnectToHost, for builds whose imports are slots of the addon's own (host/import_slots.h).
#pragma once

#include <node_api.h>

namespace com_cancel {

// Finds the functions of Node-API in the program that hosts the addon. No function of Node-API may be called
// before. `caller` is an address in the module that called the addon. If functions are missing, it throws a
// JavaScript exception that names them, and returns false.
bool ConnectToHost(napi_env env, const void* caller);

}  // namespace com_cancel
