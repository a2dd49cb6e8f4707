// Adopt, which brings an object into another apartment through the global interface table of the process.
#include "automation/adopt.h"

#include <wrl/client.h>

#include <atomic>

#include "host/returned.h"

using Microsoft::WRL::ComPtr;

namespace com_cancel {
namespace {

constexpr DWORD kMarshalPollPeriod = 20;  // milliseconds

HRESULT GlobalTable(ComPtr<IGlobalInterfaceTable>& table) {
  return Returned(
      CoCreateInstance(CLSID_StdGlobalInterfaceTable, nullptr, CLSCTX_INPROC_SERVER, IID_PPV_ARGS(&table)),
      table);
}

// An entry of the table, made by the home thread. The last share removes it: that of the thread that adopts
// or, when its job was canceled, that of the home thread.
struct MarshaledPointer {
  ~MarshaledPointer() {
    ComPtr<IGlobalInterfaceTable> table;
    if (cookie && SUCCEEDED(GlobalTable(table))) table->RevokeInterfaceFromGlobal(cookie);
  }
  DWORD cookie = 0;
  HRESULT hresult = RPC_E_DISCONNECTED;
  std::atomic<bool> ready{false};
};

HRESULT Marshal(const Pointer& object, DWORD& cookie) {
  ComPtr<IUnknown> unknown;
  HRESULT hr = Resolve(object, IID_PPV_ARGS(&unknown));
  ComPtr<IGlobalInterfaceTable> table;
  if (SUCCEEDED(hr)) hr = GlobalTable(table);
  if (SUCCEEDED(hr)) hr = table->RegisterInterfaceInGlobal(unknown.Get(), IID_IUnknown, &cookie);
  return hr;
}

HRESULT Unmarshal(DWORD cookie, ComPtr<IUnknown>& object) {
  ComPtr<IGlobalInterfaceTable> table;
  const HRESULT hr = GlobalTable(table);
  if (FAILED(hr)) return hr;
  return Returned(
      table->GetInterfaceFromGlobal(cookie, IID_IUnknown, reinterpret_cast<void**>(object.GetAddressOf())),
      object);
}

}  // namespace

std::unique_ptr<Outcome> Adopt(ComThread& target, const std::shared_ptr<Pointer>& object, const Job& job) {
  if (!object) return OutcomeOf(RPC_E_DISCONNECTED);
  auto outcome = std::make_unique<Outcome>();
  ComPtr<IUnknown> here;
  outcome->hresult = Resolve(*object, IID_PPV_ARGS(&here));
  if (outcome->hresult == RPC_E_WRONG_THREAD) {
    const auto marshaled = std::make_shared<MarshaledPointer>();
    // Without a mailbox: `marshaled` reports the end of this job.
    const auto marshaling = std::make_shared<Job>(
        JobId{}, nullptr,
        [marshaled, object, waiting = target.shared_from_this()](const Job&) {
          marshaled->hresult = Marshal(*object, marshaled->cookie);
          marshaled->ready = true;
          waiting->WakeServers();
          return Job::Result{};
        },
        JobLimits{object->home()->options().grace});
    object->home()->Queue(marshaling);
    target.ServeUntil([&] { return marshaled->ready || marshaling->over() || job.canceled(); },
                      kMarshalPollPeriod);
    if (!marshaled->ready && job.canceled()) {
      Job::Cancel(marshaling);
      return OutcomeOf(RPC_E_CALL_CANCELED);
    }
    outcome->hresult = marshaled->hresult;
    if (SUCCEEDED(outcome->hresult)) outcome->hresult = Unmarshal(marshaled->cookie, here);
  }
  if (SUCCEEDED(outcome->hresult)) outcome->value = HoldAsValue(target, here.Get(), object->since());
  return outcome;
}

}  // namespace com_cancel
