// KeepComAlive, and the hidden thread that it starts.
#include "threads/host_apartment.h"

#include <process.h>

#include "host/ole32.h"
#include "host/pump.h"
#include "host/thread_name.h"

namespace com_cancel {
namespace {

// Reserved, not committed: objects of in-process servers run on this thread.
constexpr unsigned kHostStackSize = 1u << 20;

unsigned __stdcall HostMain(void* entered) {
  NameThread(L"host STA");
  const Ole32& ole32 = Ole32::Get();
  const bool in_apartment =
      SUCCEEDED(ole32.InitializeEx(nullptr, COINIT_APARTMENTTHREADED | COINIT_DISABLE_OLE1DDE));
  // Never undone: the reference belongs to the process.
  CO_MTA_USAGE_COOKIE cookie = nullptr;
  if (ole32.IncrementMTAUsage) ole32.IncrementMTAUsage(&cookie);
  const UniqueHandle never(CreateEventW(nullptr, TRUE, FALSE, nullptr));
  SetEvent(entered);
  // The system ends the thread with the process. No code of this module runs then.
  if (in_apartment && never) PumpUntil(never.get(), INFINITE);
  return 0;
}

bool StartHost() {
  const UniqueHandle entered(CreateEventW(nullptr, TRUE, FALSE, nullptr));
  if (!entered) return false;
  const UniqueHandle thread(reinterpret_cast<HANDLE>(_beginthreadex(
      nullptr, kHostStackSize, HostMain, entered.get(), STACK_SIZE_PARAM_IS_A_RESERVATION, nullptr)));
  if (!thread) return false;
  WaitForSingleObject(entered.get(), INFINITE);
  return true;
}

}  // namespace

void KeepComAlive() {
  static const bool started = StartHost();
  static_cast<void>(started);
}

}  // namespace com_cancel
