// ReplaceImports, which redirects functions that a loaded module imports.
#pragma once

#include "host/win.h"

namespace com_cancel {

struct Import {
  const char* name;
  void* replacement;
  void** original;  // set before the first call can reach the replacement
};

template <typename Function>
Import ImportOf(const char* name, Function replacement, Function& original) {
  return {name, reinterpret_cast<void*>(replacement), reinterpret_cast<void**>(&original)};
}

// Writes the module's import slots of these functions. Returns false, and changes nothing, when the module
// does not import one of them by name, or a slot can't be written.
bool ReplaceImports(HMODULE module, const Import* imports, std::size_t count);

}  // namespace com_cancel
