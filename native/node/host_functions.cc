// ConnectToHost, for builds whose imports are slots of the addon's own.
#include "node/host_functions.h"

#include <cstdio>

#include "host/import_slots.h"

namespace com_cancel {

bool ConnectToHost(napi_env env, const void* caller) {
  const char* const problem = FillImportSlots(caller);
  if (!problem) return true;
  if (IsImported("napi_throw_error"))
    napi_throw_error(env, "ERR_DLOPEN_FAILED", problem);
  else
    std::fprintf(stderr, "%s\n", problem);
  return false;
}

}  // namespace com_cancel
