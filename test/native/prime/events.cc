// Members that fire the event Found(n).
#include <memory>

#include "calculator.h"
#include "classes.h"
#include "dispatch_call.h"
#include "host/counted_object.h"
#include "test_cancel.h"

using Microsoft::WRL::ComPtr;

namespace prime {
namespace {

// Fire(n) from a thread of the system's pool, after a delay, on an object of any apartment. It keeps the
// module loaded until the thread has left it.
struct LaterFire {
  ComPtr<IStream> object;
  Variant n;
  DWORD milliseconds;
  HMODULE module;
};

void Run(LaterFire& later) {
  Sleep(later.milliseconds);
  ComPtr<IDispatch> object;
  const HRESULT hr = CoGetInterfaceAndReleaseStream(later.object.Detach(), IID_PPV_ARGS(&object));
  if (FAILED(hr)) return;
  const Variant name = Variant::Text(L"Fire");
  DISPID id = DISPID_UNKNOWN;
  LPOLESTR names[] = {name->bstrVal};
  if (FAILED(object->GetIDsOfNames(IID_NULL, names, 1, LOCALE_USER_DEFAULT, &id))) return;
  DispatchCall fire(object.Get(), id, DISPATCH_METHOD);
  fire.Add(std::move(later.n));
  fire.Invoke(nullptr);
}

void CALLBACK OnPoolThread(PTP_CALLBACK_INSTANCE instance, void* context) {
  const std::unique_ptr<LaterFire> later(static_cast<LaterFire*>(context));
  CallbackMayRunLong(instance);
  FreeLibraryWhenCallbackReturns(instance, later->module);
  if (FAILED(CoInitializeEx(nullptr, COINIT_MULTITHREADED))) return;
  try {
    Run(*later);
  } catch (const Failure&) {
    // The result is ignored.
  }
  CoUninitialize();
}

}  // namespace

HRESULT Calculator::Fire(Arguments& call) {
  const Variant n = call.Copy(0);
  const long times = call.Long(1, 1);
  long delivered = 0;
  for (long time = 0; time < times; ++time) {
    for (const ComPtr<IDispatch>& sink : events_.Sinks()) {
      if (IsCanceled()) return RPC_E_CALL_CANCELED;
      DispatchCall found(sink.Get(), kFound, DISPATCH_METHOD);
      found.Add(Variant::CopyOf(*n));
      // The failure of one sink does not affect the others.
      if (SUCCEEDED(found.Invoke(nullptr))) ++delivered;
    }
  }
  call.result = Variant::Long(delivered);
  return S_OK;
}

HRESULT Calculator::FireLater(Arguments& call) {
  auto later = std::make_unique<LaterFire>();
  later->n = call.Copy(0);
  later->milliseconds = call.Milliseconds(1);
  Check(CoMarshalInterThreadInterfaceInStream(IID_IDispatch, static_cast<IDispatch*>(this), &later->object));
  if (!GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, reinterpret_cast<LPCWSTR>(&kEvents),
                          &later->module))
    return HRESULT_FROM_WIN32(GetLastError());
  if (!TrySubmitThreadpoolCallback(OnPoolThread, later.get(), nullptr)) {
    const HRESULT hr = HRESULT_FROM_WIN32(GetLastError());
    FreeLibrary(later->module);
    return hr;
  }
  static_cast<void>(later.release());  // the callback owns it
  return S_OK;
}

HRESULT Calculator::Sinks(Arguments& call) {
  call.result = Variant::Long(static_cast<long>(events_.Sinks().size()));
  return S_OK;
}

}  // namespace prime
