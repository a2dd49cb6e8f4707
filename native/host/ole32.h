// COM's entry points as this system has them: from its ole32, or from the stand-in where ole32 lacks the
// cancellation family.
#pragma once

#include <array>

#include "host/win.h"

namespace com_cancel {

// Who implements an entry point: binding.d.ts's Provider.
enum class Provider { kOle32, kKernel32, kStandIn };

struct EntryPoint {
  const char* name;
  Provider provider;
};

// The cancellation family: functions that only work together, from one provider.
struct CancellationFamily {
  HRESULT(WINAPI* EnableCallCancellation)(void* reserved) = nullptr;
  HRESULT(WINAPI* DisableCallCancellation)(void* reserved) = nullptr;
  HRESULT(WINAPI* SetCancelObject)(IUnknown* object) = nullptr;
  HRESULT(WINAPI* GetCancelObject)(DWORD thread, REFIID iid, void** object) = nullptr;
  HRESULT(WINAPI* CancelCall)(DWORD thread, ULONG seconds) = nullptr;
  HRESULT(WINAPI* TestCancel)() = nullptr;
};

// A family to use where ole32 has none.
struct StandInFamily {
  CancellationFamily functions;
  // Called once, before any of the functions, and only on a system that needs them.
  HRESULT(WINAPI* Install)() = nullptr;
};

class Ole32 {
 public:
  // To be called before the first Get(). `family` must live until the process ends.
  static void SetStandIn(const StandInFamily& family);

  // The entry points are looked up at the first call and never again. Throws std::runtime_error on a system
  // that lacks what even the stand-in needs.
  static const Ole32& Get();

  const std::array<EntryPoint, 11>& entry_points() const { return entry_points_; }

  decltype(&::CoInitializeEx) InitializeEx = nullptr;
  decltype(&::CoUninitialize) Uninitialize = nullptr;
  decltype(&::CoGetCallContext) GetCallContext = nullptr;
  decltype(&::CoSwitchCallContext) SwitchCallContext = nullptr;
  // Null on a system that lacks it, such as Windows 7.
  decltype(&::CoIncrementMTAUsage) IncrementMTAUsage = nullptr;

  HRESULT SetCancelObject(IUnknown* object) const { return family_.SetCancelObject(object); }
  HRESULT GetCancelObject(DWORD thread, REFIID iid, void** object) const {
    return family_.GetCancelObject(thread, iid, object);
  }
  HRESULT CancelCall(DWORD thread, ULONG seconds) const { return family_.CancelCall(thread, seconds); }
  HRESULT TestCancel() const { return family_.TestCancel(); }

  // These two maintain the count that our own cancel objects read (enable_count.h), with either provider.
  HRESULT EnableCallCancellation(void* reserved) const;
  HRESULT DisableCallCancellation(void* reserved) const;

 private:
  Ole32();

  CancellationFamily family_;
  bool uses_stand_in_ = false;
  std::array<EntryPoint, 11> entry_points_{};
};

}  // namespace com_cancel
