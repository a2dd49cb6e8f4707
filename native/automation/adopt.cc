// Taking an object of one thread's apartment into another's, by the process's global interface table.
#include "automation/adopt.h"

#include <wrl/client.h>

#include <atomic>

using Microsoft::WRL::ComPtr;

namespace com_cancel {
namespace {

constexpr DWORD kLookPeriod = 20;  // milliseconds

HRESULT GlobalTable(ComPtr<IGlobalInterfaceTable>& table) {
  return CoCreateInstance(CLSID_StdGlobalInterfaceTable, nullptr, CLSCTX_INPROC_SERVER, IID_PPV_ARGS(&table));
}

// A place in the table, made at home and emptied by whoever comes last: the one who adopts, or, when that one
// has given up, the home thread.
struct Passage {
  ~Passage() {
    ComPtr<IGlobalInterfaceTable> table;
    if (cookie && SUCCEEDED(GlobalTable(table))) table->RevokeInterfaceFromGlobal(cookie);
  }
  DWORD cookie = 0;
  HRESULT hresult = RPC_E_DISCONNECTED;
  std::atomic<bool> ready{false};
};

HRESULT Enter(const Pointer& object, DWORD& cookie) {
  ComPtr<IUnknown> unknown;
  HRESULT hr = ComThread::Resolve(object, IID_PPV_ARGS(&unknown));
  ComPtr<IGlobalInterfaceTable> table;
  if (SUCCEEDED(hr)) hr = GlobalTable(table);
  if (SUCCEEDED(hr)) hr = table->RegisterInterfaceInGlobal(unknown.Get(), IID_IUnknown, &cookie);
  return hr;
}

HRESULT Leave(DWORD cookie, ComPtr<IUnknown>& object) {
  ComPtr<IGlobalInterfaceTable> table;
  const HRESULT hr = GlobalTable(table);
  return FAILED(hr) ? hr
                    : table->GetInterfaceFromGlobal(cookie, IID_IUnknown,
                                                    reinterpret_cast<void**>(object.GetAddressOf()));
}

}  // namespace

Value PointerValue(ComThread& home, IUnknown* object) {
  ComPtr<IDispatch> dispatch;
  if (SUCCEEDED(object->QueryInterface(IID_PPV_ARGS(&dispatch))))
    return {ValueType::kDispatch, home.Adopt(dispatch.Get())};
  return {ValueType::kUnknown, home.Adopt(object)};
}

std::unique_ptr<Outcome> Adopt(ComThread& target, const std::shared_ptr<Pointer>& object, const Job& job) {
  auto outcome = std::make_unique<Outcome>();
  ComPtr<IUnknown> here;
  outcome->hresult = ComThread::Resolve(*object, IID_PPV_ARGS(&here));
  if (outcome->hresult == RPC_E_WRONG_THREAD) {
    const auto passage = std::make_shared<Passage>();
    // Nobody is owed this job's end: who waits looks at the passage.
    const auto nobody = std::make_shared<Outbox>();
    auto entering = std::make_shared<Job>(
        0, nobody, [passage, object, waiter = target.shared_from_this()](const Job& entering) {
          passage->hresult = Enter(*object, passage->cookie);
          passage->ready = true;
          waiter->Poke();
          return Message(Message::Kind::kDone, entering.key());
        });
    object->home()->Queue(entering);
    target.ServeUntil([&] { return passage->ready || entering->over() || job.given_up(); }, kLookPeriod);
    if (!passage->ready && job.given_up()) {
      Job::GiveUp(entering);
      outcome->hresult = RPC_E_CALL_CANCELED;
      return outcome;
    }
    outcome->hresult = passage->hresult;
    if (SUCCEEDED(outcome->hresult)) outcome->hresult = Leave(passage->cookie, here);
  }
  if (SUCCEEDED(outcome->hresult)) outcome->value = PointerValue(target, here.Get());
  return outcome;
}

}  // namespace com_cancel
