// FindServerProcess, which finds the process that runs the server of an object.
#include "automation/server_process.h"

#include <combaseapi.h>
#include <oleidl.h>
#include <wrl/client.h>

#include <cstring>

#include "automation/variant.h"
#include "host/returned.h"
#include "host/system_info.h"

using Microsoft::WRL::ComPtr;

namespace com_cancel {
namespace {

// The first part of an object reference: OBJREF with STDOBJREF, as MS-DCOM describes them in 2.2.18.
struct StandardReference {
  ULONG signature;
  ULONG kind;
  IID iid;
  ULONG flags;
  ULONG public_references;
  ULONGLONG apartment;  // OXID
};
constexpr ULONG kSignature = 0x574F454D;
constexpr ULONG kStandard = 1;  // OBJREF_STANDARD

// Wine identifies an apartment by the ids of its process and of its thread. Windows does not document its
// way.
DWORD ProcessInReference(IUnknown* object) {
  // The interface that the proxy has already: for any other one, Wine calls the server.
  ComPtr<IDispatch> dispatch;
  const IID iid = SUCCEEDED(Query(object, dispatch)) ? IID_IDispatch : IID_IUnknown;
  ComPtr<IStream> stream;
  StandardReference reference{};
  ULONG read = 0;
  // A weak reference of a proxy holds nothing in the server, and needs no call to it.
  if (FAILED(Returned(CreateStreamOnHGlobal(nullptr, TRUE, stream.GetAddressOf()), stream)) ||
      FAILED(CoMarshalInterface(stream.Get(), iid, object, MSHCTX_LOCAL, nullptr, MSHLFLAGS_TABLEWEAK)) ||
      FAILED(stream->Seek(LARGE_INTEGER{}, STREAM_SEEK_SET, nullptr)) ||
      FAILED(stream->Read(&reference, sizeof reference, &read)) || read != sizeof reference)
    return 0;
  if (reference.signature != kSignature || reference.kind != kStandard) return 0;
  return static_cast<DWORD>(reference.apartment >> 32);
}

// CoDecodeProxy, which is for debuggers: it is refused in app containers and, by the documentation, without a
// developer license.
DWORD ProcessByDecodedProxy(IUnknown* object) {
  using DecodeProxy = HRESULT(WINAPI*)(DWORD, UINT64, PServerInformation);
  const HMODULE combase = GetModuleHandleW(L"combase.dll");  // its documented library
  if (!combase) return 0;
  const auto decode =
      reinterpret_cast<DecodeProxy>(reinterpret_cast<void*>(GetProcAddress(combase, "CoDecodeProxy")));
  ServerInformation server{};
  if (!decode || FAILED(decode(GetCurrentProcessId(), reinterpret_cast<UINT_PTR>(object), &server))) return 0;
  return server.dwServerPid;
}

// Whether the object is in another process of this machine, as COM tells it without a call to the server. The
// handles of windows and the ids of processes mean something else on another machine.
bool IsOnThisMachine(IUnknown* object) {
  ComPtr<IRpcOptions> options;
  ULONG_PTR locality = SERVER_LOCALITY_REMOTE;
  return SUCCEEDED(Query(object, options)) &&
         SUCCEEDED(options->Query(object, COMBND_SERVER_LOCALITY, &locality)) &&
         locality == SERVER_LOCALITY_MACHINE_LOCAL;
}

// A property without parameters. VT_EMPTY for an object that does not have it.
void GetProperty(IDispatch* object, const wchar_t* name, Inquiry& inquiry, OwnedVariant& value) {
  DISPID id = DISPID_UNKNOWN;
  auto* names = const_cast<wchar_t*>(name);
  if (!inquiry.Succeeded(object->GetIDsOfNames(IID_NULL, &names, 1, LOCALE_USER_DEFAULT, &id)) ||
      id == DISPID_UNKNOWN || !inquiry.goes_on())
    return;
  DISPPARAMS none{};
  if (!inquiry.Succeeded(object->Invoke(id, IID_NULL, LOCALE_USER_DEFAULT, DISPATCH_PROPERTYGET, &none,
                                        value.Receive(), nullptr, nullptr)))
    VariantClear(value.Receive());
}

HWND WindowIn(const VARIANT& value) {
  OwnedVariant number;
  auto* source = const_cast<VARIANT*>(&value);  // not changed
  if (V_VT(&value) == VT_EMPTY || FAILED(VariantChangeType(number.Receive(), source, 0, VT_I8)))
    return nullptr;
  // The handle of a window has 32 significant bits, with a sign.
  return reinterpret_cast<HWND>(static_cast<LONG_PTR>(static_cast<LONG>(V_I8(&number.get()))));
}

HWND HwndOf(IDispatch* object, Inquiry& inquiry) {
  OwnedVariant value;
  GetProperty(object, L"Hwnd", inquiry, value);
  return WindowIn(value.get());
}

DWORD ProcessOfWindow(HWND window) {
  DWORD id = 0;
  return window && GetWindowThreadProcessId(window, &id) ? id : 0;
}

}  // namespace

HWND WindowOf(IUnknown* object, Inquiry& inquiry) {
  ComPtr<IDispatch> dispatch;
  if (inquiry.Succeeded(Query(object, dispatch))) {
    if (const HWND window = HwndOf(dispatch.Get(), inquiry)) return window;
  }
  ComPtr<IOleWindow> ole;
  HWND window = nullptr;
  if (inquiry.goes_on() && inquiry.Succeeded(Query(object, ole)) && inquiry.goes_on() &&
      inquiry.Succeeded(ole->GetWindow(&window)) && window)
    return window;
  if (!dispatch || !inquiry.goes_on()) return nullptr;
  OwnedVariant value;
  GetProperty(dispatch.Get(), L"Application", inquiry, value);
  const VARIANT& application = value.get();
  if (V_VT(&application) != VT_DISPATCH || !V_DISPATCH(&application) || !inquiry.goes_on()) return nullptr;
  return HwndOf(V_DISPATCH(&application), inquiry);
}

HRESULT FindServerProcess(IUnknown* object, const FILETIME& since, Inquiry& inquiry, ServerProcess& found) {
  // Of proxies only: their proxy manager implements it. Another object is in this process.
  ComPtr<IClientSecurity> security;
  if (FAILED(Query(object, security))) return S_OK;
  const bool under_wine = UnderWine();
  if (!under_wine && !IsOnThisMachine(object)) return S_OK;
  found.found = ServerProcess::Found::kReference;
  found.process =
      HeldProcess::Open(under_wine ? ProcessInReference(object) : ProcessByDecodedProxy(object), since);
  if (found.process || under_wine) return S_OK;

  const HWND window = WindowOf(object, inquiry);
  const DWORD id = ProcessOfWindow(window);
  found.found = ServerProcess::Found::kWindow;
  found.process = HeldProcess::Open(id, since);
  // The process may have ended, and its id may be another's, before it was opened. Then its window is gone.
  if (found.process && ProcessOfWindow(window) != id) found.process.reset();
  return found.process ? S_OK : inquiry.result();
}

}  // namespace com_cancel
