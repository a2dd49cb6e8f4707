// HeldProcess, another process that is kept open.
#include "host/held_process.h"

namespace com_cancel {
namespace {

// What tells whether it is the process that is meant, and whether it has ended.
constexpr DWORD kQuery = PROCESS_QUERY_LIMITED_INFORMATION | SYNCHRONIZE;

// The exit code of a process that is terminated.
constexpr UINT kTerminated = 1;

bool HasEnded(HANDLE process) { return WaitForSingleObject(process, 0) == WAIT_OBJECT_0; }

}  // namespace

FILETIME SystemTime() {
  FILETIME now{};
  GetSystemTimeAsFileTime(&now);
  return now;
}

std::shared_ptr<HeldProcess> HeldProcess::Open(DWORD id, const FILETIME& since) {
  if (id == 0 || id == GetCurrentProcessId()) return nullptr;
  UniqueHandle process(OpenProcess(kQuery | PROCESS_TERMINATE, FALSE, id));
  // Its id can be known although it must not be terminated.
  if (!process) process = UniqueHandle(OpenProcess(kQuery, FALSE, id));
  if (!process || HasEnded(process.get())) return nullptr;
  // The system uses the id of a process that has ended for a later one.
  FILETIME began{};
  FILETIME ended{};
  FILETIME kernel{};
  FILETIME user{};
  if (!GetProcessTimes(process.get(), &began, &ended, &kernel, &user) || CompareFileTime(&began, &since) > 0)
    return nullptr;
  return std::shared_ptr<HeldProcess>(new HeldProcess(id, std::move(process)));
}

HRESULT HeldProcess::Terminate() const {
  // TerminateProcess fails with ERROR_ACCESS_DENIED also for a process that has ended.
  if (HasEnded(process_.get()) || TerminateProcess(process_.get(), kTerminated)) return S_OK;
  const DWORD error = GetLastError();
  return HasEnded(process_.get()) ? S_OK : HRESULT_FROM_WIN32(error);
}

}  // namespace com_cancel
