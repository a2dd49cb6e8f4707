// Looks COM's entry points up by name in the system's ole32, once: a host may lack the cancellation family.
#include "host/ole32.h"

#include <stdexcept>
#include <string>

#include "host/enable_count.h"
#include "standin/functions.h"

namespace com_cancel {
namespace {

template <typename Function>
bool LookUp(HMODULE library, const char* name, Function& function) {
  // Through void*: a direct cast between function types is what -Wcast-function-type warns of.
  function = reinterpret_cast<Function>(reinterpret_cast<void*>(GetProcAddress(library, name)));
  return function != nullptr;
}

template <typename Function>
void Require(HMODULE library, const char* name, Function& function) {
  if (!LookUp(library, name, function))
    throw std::runtime_error(std::string("the system's ole32.dll does not export ") + name);
}

}  // namespace

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

  // All of the family or none of it: an enable count kept here means nothing to cancel objects kept there.
  stand_in_ = !(LookUp(library, "CoEnableCallCancellation", enable_) &&
                LookUp(library, "CoDisableCallCancellation", disable_) &&
                LookUp(library, "CoSetCancelObject", SetCancelObject) &&
                LookUp(library, "CoGetCancelObject", GetCancelObject) &&
                LookUp(library, "CoCancelCall", CancelCall) && LookUp(library, "CoTestCancel", TestCancel));
  if (stand_in_) {
    enable_ = com_cancel_CoEnableCallCancellation;
    disable_ = com_cancel_CoDisableCallCancellation;
    SetCancelObject = com_cancel_CoSetCancelObject;
    GetCancelObject = com_cancel_CoGetCancelObject;
    CancelCall = com_cancel_CoCancelCall;
    TestCancel = com_cancel_CoTestCancel;
    com_cancel_InstallChannelHook();
  }
  const Provider family = stand_in_ ? Provider::kStandIn : Provider::kOle32;
  entry_points_ = {{{"CoInitializeEx", Provider::kOle32},
                    {"CoUninitialize", Provider::kOle32},
                    {"CoEnableCallCancellation", family},
                    {"CoDisableCallCancellation", family},
                    {"CoSetCancelObject", family},
                    {"CoGetCancelObject", family},
                    {"CoCancelCall", family},
                    {"CoTestCancel", family},
                    {"CoGetCallContext", Provider::kOle32},
                    {"CoSwitchCallContext", Provider::kOle32},
                    {"GetCurrentThreadId", Provider::kKernel32}}};
}

HRESULT Ole32::EnableCallCancellation(void* reserved) const {
  const HRESULT hr = enable_(reserved);
  if (!stand_in_ && hr == S_OK) enable_count::Up();
  return hr;
}

HRESULT Ole32::DisableCallCancellation(void* reserved) const {
  const HRESULT hr = disable_(reserved);
  // The documentation's sentence about CO_E_CANCEL_DISABLED can be read as "counted down, but still enabled".
  // Counting down here too is right under either reading: without an enable our count is zero and stays so.
  if (!stand_in_ && (hr == S_OK || hr == CO_E_CANCEL_DISABLED)) enable_count::Down();
  return hr;
}

}  // namespace com_cancel
