// HeldProcess, another process that is kept open, so that its id stands for no other process meanwhile.
#pragma once

#include <memory>

#include "host/win.h"

namespace com_cancel {

// The time of the system's clock, as GetProcessTimes measures the beginning of a process.
FILETIME SystemTime();

class HeldProcess {
 public:
  // The process that has this id and had it at `since`, a time when it was known to run. Null when there is
  // none or it has ended, when it is this process, or when the system does not let this process query it.
  static std::shared_ptr<HeldProcess> Open(DWORD id, const FILETIME& since);

  DWORD id() const { return id_; }
  // Ends the process: S_OK also after its end, E_ACCESSDENIED where the system refuses. Does not wait for the
  // end.
  HRESULT Terminate() const;

 private:
  HeldProcess(DWORD id, UniqueHandle process) : id_(id), process_(std::move(process)) {}

  const DWORD id_;
  const UniqueHandle process_;
};

}  // namespace com_cancel
