// Where the servers of a class are registered.
#pragma once

#include <string>
#include <vector>

#include "host/win.h"
#include "hosting/architecture.h"

namespace com_cancel {

// A ProgID, or a CLSID in braces.
HRESULT ClassIdOf(const std::u16string& name, CLSID& id);

// binding.d.ts's ClassServers.
struct ClassServers {
  HRESULT hresult = S_OK;
  std::vector<hosting::Architecture> inproc;
  bool local = false;
};

// Looks in the registry of this machine, in the views of 64-bit and of 32-bit programs.
ClassServers FindClass(const std::u16string& name);

}  // namespace com_cancel
