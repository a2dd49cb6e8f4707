// The functions of Node-API that the guest calls: each prints its argument. With LACKS_DATE, napi_create_date
// is missing.
#include <cstdint>
#include <cstdio>

#include "functions.h"

extern "C" {

__declspec(dllexport) int __cdecl napi_create_double(void*, double value, void**) {
  std::printf("napi_create_double %.17g\n", value);
  return 0;
}

#ifndef LACKS_DATE
__declspec(dllexport) int __cdecl napi_create_date(void*, double value, void**) {
  std::printf("napi_create_date %.17g\n", value);
  return 0;
}
#endif

__declspec(dllexport) int __cdecl napi_create_int32(void*, std::int32_t value, void**) {
  std::printf("napi_create_int32 %d\n", static_cast<int>(value));
  return 0;
}

__declspec(dllexport) int __cdecl napi_throw_error(void*, const char* code, const char* message) {
  std::printf("%s: %s\n", code, message);
  return 0;
}

__declspec(dllexport) void __cdecl call_guest(Register guest) {
  guest(nullptr, nullptr);
  std::fflush(stdout);
}
}
