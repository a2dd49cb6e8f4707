// Who may call the objects of a host process.
#pragma once

#include "host/win.h"

namespace com_cancel::hostexe {

// CoInitializeSecurity with a descriptor that admits the user of this process and the system, which COM's own
// services run as. To be called once, before the first object is made.
HRESULT InitializeSecurity();

}  // namespace com_cancel::hostexe
