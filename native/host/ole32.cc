// Looks COM's entry points up by name in the system's ole32, once: a system may lack the cancellation family.
#include "host/ole32.h"

#include <atomic>
#include <stdexcept>
#include <string>

#include "host/enable_count.h"

namespace com_cancel {
namespace {

std::atomic<const StandInFamily*> stand_in{nullptr};

template <typename Function>
bool LookUp(HMODULE library, const char* name, Function& function) {
  // Through void*: -Wcast-function-type warns of a direct cast between function types.
  function = reinterpret_cast<Function>(reinterpret_cast<void*>(GetProcAddress(library, name)));
  return function != nullptr;
}

template <typename Function>
void Require(HMODULE library, const char* name, Function& function) {
  if (!LookUp(library, name, function))
    throw std::runtime_error(std::string("the system's ole32.dll does not export ") + name);
}

// All of the family or none of it: an enable count of one provider means nothing to the cancel objects of
// another.
bool LookUp(HMODULE library, CancellationFamily& family) {
  return LookUp(library, "CoEnableCallCancellation", family.EnableCallCancellation) &&
         LookUp(library, "CoDisableCallCancellation", family.DisableCallCancellation) &&
         LookUp(library, "CoSetCancelObject", family.SetCancelObject) &&
         LookUp(library, "CoGetCancelObject", family.GetCancelObject) &&
         LookUp(library, "CoCancelCall", family.CancelCall) &&
         LookUp(library, "CoTestCancel", family.TestCancel);
}

}  // namespace

void Ole32::SetStandIn(const StandInFamily& family) { stand_in = &family; }

const Ole32& Ole32::Get() {
  static const Ole32& ole32 = *new Ole32;  // never destroyed: threads outlive static destructors
  return ole32;
}

Ole32::Ole32() {
  const HMODULE library = LoadLibraryExW(L"ole32.dll", nullptr, LOAD_LIBRARY_SEARCH_SYSTEM32);
  if (!library) throw std::runtime_error("the system has no ole32.dll");

  Require(library, "CoInitializeEx", InitializeEx);
  Require(library, "CoUninitialize", Uninitialize);
  Require(library, "CoGetCallContext", GetCallContext);
  Require(library, "CoSwitchCallContext", SwitchCallContext);
  if (!LookUp(library, "CoIncrementMTAUsage", IncrementMTAUsage)) {
    // Its documented library.
    const HMODULE combase = LoadLibraryExW(L"combase.dll", nullptr, LOAD_LIBRARY_SEARCH_SYSTEM32);
    if (combase) LookUp(combase, "CoIncrementMTAUsage", IncrementMTAUsage);
  }

  uses_stand_in_ = !LookUp(library, family_);
  if (uses_stand_in_) {
    const StandInFamily* const family = stand_in;
    if (!family) throw std::runtime_error("the system's ole32.dll does not export the cancellation family");
    family_ = family->functions;
    family->Install();
  }
  const Provider provider = uses_stand_in_ ? Provider::kStandIn : Provider::kOle32;
  entry_points_ = {{{"CoInitializeEx", Provider::kOle32},
                    {"CoUninitialize", Provider::kOle32},
                    {"CoEnableCallCancellation", provider},
                    {"CoDisableCallCancellation", provider},
                    {"CoSetCancelObject", provider},
                    {"CoGetCancelObject", provider},
                    {"CoCancelCall", provider},
                    {"CoTestCancel", provider},
                    {"CoGetCallContext", Provider::kOle32},
                    {"CoSwitchCallContext", Provider::kOle32},
                    {"GetCurrentThreadId", Provider::kKernel32}}};
}

HRESULT Ole32::EnableCallCancellation(void* reserved) const {
  const HRESULT hr = family_.EnableCallCancellation(reserved);
  if (!uses_stand_in_ && hr == S_OK) enable_count::Up();
  return hr;
}

HRESULT Ole32::DisableCallCancellation(void* reserved) const {
  const HRESULT hr = family_.DisableCallCancellation(reserved);
  // The documentation's sentence about CO_E_CANCEL_DISABLED can be read as "counted down, but still enabled".
  // Counting down here too is right under either reading: without an enable our count is zero and stays zero.
  if (!uses_stand_in_ && (hr == S_OK || hr == CO_E_CANCEL_DISABLED)) enable_count::Down();
  return hr;
}

}  // namespace com_cancel
