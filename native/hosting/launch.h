// Launch, which starts the process com-cancel-host.exe.
#pragma once

#include <string>

#include "host/win.h"
#include "hosting/architecture.h"

namespace com_cancel::hosting {

// A process that was started: its handles, and our ends of its pipes.
struct Launched {
  UniqueHandle process;
  DWORD id = 0;
  // Ends the process when its last handle is closed, which only this process has. Empty where the system
  // refuses a job.
  UniqueHandle job;
  UniqueHandle orders;
  UniqueHandle reports;
};

// The program of this package for a processor: com-cancel-host.exe in the folder of this module, or for
// another processor in the folder win32-<architecture> beside that folder. Nothing else is searched. Empty
// when the system does not tell where this module is.
std::wstring ProgramFor(Architecture architecture);

// Starts the program. It inherits its ends of the pipes and no other handle. Fills in `detail` for a failure.
// Blocks as long as the system needs, which may be long where a scanner looks at the file.
HRESULT Launch(Architecture architecture, Launched& launched, std::u16string& detail);

}  // namespace com_cancel::hosting
