// Conversion of an ObjectDescription and a LibraryDescription to binding.d.ts's, for a JavaScript thread.
#pragma once

#include <napi.h>

#include "automation/description.h"

namespace com_cancel {

Napi::Object DescriptionTo(Napi::Env env, const ObjectDescription& description);
Napi::Object LibraryTo(Napi::Env env, const LibraryDescription& description);

}  // namespace com_cancel
