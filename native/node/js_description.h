// Conversion of an ObjectDescription to binding.d.ts's, for a JavaScript thread.
#pragma once

#include <napi.h>

#include "automation/description.h"

namespace com_cancel {

Napi::Object DescriptionTo(Napi::Env env, const ObjectDescription& description);

}  // namespace com_cancel
