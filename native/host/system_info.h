// SystemName, UnderWine and CountHandles: what the system says about itself and this process.
#pragma once

#include <string>

#include "host/win.h"

namespace com_cancel {

// `Windows 10.0.19045` or `Wine 8.0`.
std::string SystemName();

bool UnderWine();

// How many handles the process has open.
DWORD CountHandles();

}  // namespace com_cancel
