// The cancellation family for hosts whose ole32 lacks it: a stack of cancel objects per thread, behind one
// lock.
#include "standin.h"

#include <wrl/client.h>

#include <new>
#include <unordered_map>
#include <vector>

#include "enable_count.h"

using Microsoft::WRL::ComPtr;

namespace com_cancel {
namespace {

using Stack = std::vector<ComPtr<ICancelMethodCalls>>;

struct Stacks {
  Lock lock;
  std::unordered_map<DWORD, Stack> of;  // by thread id; no entry for a thread without objects
  DWORD at_thread_end = FLS_OUT_OF_INDEXES;
};

void WINAPI ForgetThread(void*);

// Never destroyed: threads outlive the destructors of static objects.
Stacks& AllStacks() {
  static Stacks& stacks = []() -> Stacks& {
    auto* made = new Stacks;
    made->at_thread_end = FlsAlloc(ForgetThread);
    return *made;
  }();
  return stacks;
}

// A thread that ends with objects on its stack leaves them to nobody: its id may be given to another (W5).
void WINAPI ForgetThread(void*) {
  Stacks& stacks = AllStacks();
  // The end of the process runs this too, after it killed the other threads, one of them perhaps inside the
  // lock.
  for (int attempt = 0; !stacks.lock.try_lock(); ++attempt) {
    if (attempt == 100) return;
    Sleep(1);
  }
  Stack left;
  const auto entry = stacks.of.find(GetCurrentThreadId());
  if (entry != stacks.of.end()) {
    left = std::move(entry->second);
    stacks.of.erase(entry);
  }
  stacks.lock.unlock();
}

HRESULT Register(IUnknown* object) {
  ComPtr<ICancelMethodCalls> cancel;
  if (FAILED(object->QueryInterface(IID_PPV_ARGS(&cancel)))) return E_NOINTERFACE;  // O1
  Stacks& stacks = AllStacks();
  if (stacks.at_thread_end != FLS_OUT_OF_INDEXES) FlsSetValue(stacks.at_thread_end, &stacks);
  const Guard guard(stacks.lock);
  Stack& stack = stacks.of[GetCurrentThreadId()];
  try {
    stack.push_back(std::move(cancel));
  } catch (const std::bad_alloc&) {
    if (stack.empty()) stacks.of.erase(GetCurrentThreadId());
    throw;
  }
  return S_OK;
}

HRESULT UnregisterTopmost() {
  ComPtr<ICancelMethodCalls> topmost;  // released after the lock: Release may run anything
  Stacks& stacks = AllStacks();
  const Guard guard(stacks.lock);
  const auto entry = stacks.of.find(GetCurrentThreadId());
  if (entry == stacks.of.end()) return S_OK;  // O4
  topmost = std::move(entry->second.back());
  entry->second.pop_back();
  if (entry->second.empty()) stacks.of.erase(entry);
  return S_OK;
}

ComPtr<ICancelMethodCalls> Topmost(DWORD thread) {
  Stacks& stacks = AllStacks();
  const Guard guard(stacks.lock);
  const auto entry = stacks.of.find(thread ? thread : GetCurrentThreadId());
  return entry == stacks.of.end() ? nullptr : entry->second.back();
}

}  // namespace
}  // namespace com_cancel

using namespace com_cancel;

HRESULT WINAPI com_cancel_CoEnableCallCancellation(void* reserved) {
  if (reserved) return E_INVALIDARG;
  enable_count::Up();
  return S_OK;
}

HRESULT WINAPI com_cancel_CoDisableCallCancellation(void* reserved) {
  if (reserved) return E_INVALIDARG;
  return enable_count::Down() ? S_OK : CO_E_CANCEL_DISABLED;
}

HRESULT WINAPI com_cancel_CoSetCancelObject(IUnknown* object) {
  try {
    return object ? Register(object) : UnregisterTopmost();
  } catch (const std::bad_alloc&) {
    return E_OUTOFMEMORY;
  }
}

HRESULT WINAPI com_cancel_CoGetCancelObject(DWORD thread, REFIID iid, void** object) {
  if (!object) return E_INVALIDARG;
  *object = nullptr;
  const auto topmost = Topmost(thread);
  return topmost ? topmost->QueryInterface(iid, object) : E_NOINTERFACE;
}

HRESULT WINAPI com_cancel_CoCancelCall(DWORD thread, ULONG seconds) {
  const auto topmost = Topmost(thread);
  return topmost ? topmost->Cancel(seconds) : E_NOINTERFACE;
}

HRESULT WINAPI com_cancel_CoTestCancel() {
  ComPtr<ICancelMethodCalls> call;
  const HRESULT hr = CoGetCallContext(IID_PPV_ARGS(&call));
  return FAILED(hr) ? hr : call->TestCancel();
}
