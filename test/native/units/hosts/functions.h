// What the hosts of the guest share.
#pragma once

#include <windows.h>

// An addon's napi_register_module_v1: its arguments are no objects here.
using Register = void*(__cdecl*)(void* env, void* exports);

// Calls an addon, as Node does. Exported by host_functions.dll as well.
using CallGuest = void(__cdecl*)(Register guest);
