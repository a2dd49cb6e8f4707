// NameThread, the name of a thread for debuggers and profilers.
#pragma once

namespace com_cancel {

// Names the calling thread `com-cancel STA 4100`: its kind, then its id. Has no effect before Windows 10
// 1607, which lacks SetThreadDescription.
void NameThread(const wchar_t* kind);

}  // namespace com_cancel
