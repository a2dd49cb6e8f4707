// NameThread, the name of a thread for debuggers and profilers.
#include "host/thread_name.h"

#include <string>

#include "host/win.h"

namespace com_cancel {
namespace {

using SetDescription = HRESULT(WINAPI*)(HANDLE, PCWSTR);

// Of Windows 10 1607, where only kernelbase.dll exports it; later also kernel32.dll.
SetDescription Find() {
  for (const wchar_t* library : {L"kernel32.dll", L"kernelbase.dll"}) {
    const HMODULE loaded = GetModuleHandleW(library);
    if (!loaded) continue;
    if (const auto function = reinterpret_cast<void*>(GetProcAddress(loaded, "SetThreadDescription")))
      return reinterpret_cast<SetDescription>(function);
  }
  return nullptr;
}

}  // namespace

void NameThread(const wchar_t* kind) {
  static const SetDescription set_description = Find();
  if (!set_description) return;
  const std::wstring name =
      std::wstring(L"com-cancel ") + kind + L" " + std::to_wstring(GetCurrentThreadId());
  set_description(GetCurrentThread(), name.c_str());
}

}  // namespace com_cancel
