// The barrier of nested work, a static cancel object.
#include "threads/barrier.h"

#include <wrl/client.h>

#include "host/ole32.h"
#include "host/static_object.h"

using Microsoft::WRL::ComPtr;

namespace com_cancel::barrier {
namespace {

// {6C0B6C39-2C0B-4C0D-9C5A-5E3F8B0B8A2E}, an interface without methods that only the barrier has. It
// identifies the barrier also where the system returns another pointer than the registered one.
constexpr IID kIsBarrier = {0x6c0b6c39, 0x2c0b, 0x4c0d, {0x9c, 0x5a, 0x5e, 0x3f, 0x8b, 0x0b, 0x8a, 0x2e}};

class Barrier final : public StaticObject<ICancelMethodCalls> {
 public:
  HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override {
    if (object && iid == kIsBarrier) {
      *object = static_cast<IUnknown*>(this);
      return S_OK;
    }
    return StaticObject::QueryInterface(iid, object);
  }
  HRESULT STDMETHODCALLTYPE Cancel(ULONG) override { return E_NOINTERFACE; }
  HRESULT STDMETHODCALLTYPE TestCancel() override { return RPC_S_CALLPENDING; }
};

Barrier instance;

bool IsOnTop() {
  ComPtr<ICancelMethodCalls> topmost;
  ComPtr<IUnknown> found;
  return SUCCEEDED(Ole32::Get().GetCancelObject(GetCurrentThreadId(), IID_PPV_ARGS(&topmost))) && topmost &&
         SUCCEEDED(topmost->QueryInterface(kIsBarrier, reinterpret_cast<void**>(found.GetAddressOf())));
}

}  // namespace

bool Register() { return SUCCEEDED(Ole32::Get().SetCancelObject(&instance)); }

void Unregister() {
  if (IsOnTop()) Ole32::Get().SetCancelObject(nullptr);
}

}  // namespace com_cancel::barrier
