// COM's entry points as this host has them: the system's ole32, or the stand-in where ole32 lacks the family.
#pragma once

#include <array>

#include "host/win.h"

namespace com_cancel {

enum class Provider { kOle32, kKernel32, kStandIn };

struct EntryPoint {
  const char* name;
  Provider provider;
};

class Ole32 {
 public:
  // Looked up at the first call and never again. Throws std::runtime_error on a host that lacks what even
  // the stand-in needs.
  static const Ole32& Get();

  const std::array<EntryPoint, 11>& entry_points() const { return entry_points_; }

  decltype(&::CoInitializeEx) InitializeEx = nullptr;
  decltype(&::CoUninitialize) Uninitialize = nullptr;
  decltype(&::CoGetCallContext) GetCallContext = nullptr;
  decltype(&::CoSwitchCallContext) SwitchCallContext = nullptr;
  HRESULT(WINAPI* SetCancelObject)(IUnknown* object) = nullptr;
  HRESULT(WINAPI* GetCancelObject)(DWORD thread, REFIID iid, void** object) = nullptr;
  HRESULT(WINAPI* CancelCall)(DWORD thread, ULONG seconds) = nullptr;
  HRESULT(WINAPI* TestCancel)() = nullptr;

  // These keep the count that our own cancel objects look at (enable_count.h), whoever answers.
  HRESULT EnableCallCancellation(void* reserved) const;
  HRESULT DisableCallCancellation(void* reserved) const;

 private:
  Ole32();

  using Switch = HRESULT(WINAPI*)(void* reserved);
  Switch enable_ = nullptr;
  Switch disable_ = nullptr;
  bool stand_in_ = false;
  std::array<EntryPoint, 11> entry_points_{};
};

}  // namespace com_cancel
