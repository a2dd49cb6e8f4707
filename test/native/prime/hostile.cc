// prime_hostile.dll, the class Prime.Hostile as an in-process server, also with a class factory that blocks.
#include "hostile.h"

#include <oleauto.h>

#include <algorithm>
#include <atomic>
#include <iterator>
#include <new>

#include "classes.h"
#include "factory.h"
#include "standin/functions.h"
#include "test_cancel.h"

namespace prime {
namespace {

using com_cancel::Clock;

struct HostileMember {
  const wchar_t* name;
  DISPID id;
  HRESULT (Hostile::*run)(long number, VARIANT& result);
};

constexpr HostileMember kMembersOfHostile[] = {
    // Never looks at CoTestCancel.
    {L"Block", 1, &Hostile::Block},
    // Ends when it was canceled.
    {L"BlockPolling", 2, &Hostile::BlockPolling},
    // Writes where it may not: an access violation.
    {L"Crash", 3, &Hostile::Crash},
    {L"Exit", 4, &Hostile::Exit},
    // From then on DllMain does not return when the process ends.
    {L"HangOnDetach", 5, &Hostile::HangOnDetach},
    // The last release of the object will not return.
    {L"HangOnRelease", 6, &Hostile::HangOnRelease},
    {L"Another", 7, &Hostile::Another},
    {L"ProcessId", 8, &Hostile::ProcessId},
    {L"ThreadId", 9, &Hostile::ThreadId},
    // 64 or 32.
    {L"Bits", 10, &Hostile::Bits},
};

std::atomic<bool> hangs_on_detach{false};

[[noreturn]] void HangForEver() {
  for (;;) Sleep(INFINITE);
}

void SetNumber(VARIANT& result, DWORD number) {
  V_VT(&result) = VT_I4;
  V_I4(&result) = static_cast<LONG>(number);
}

// The class object whose CreateInstance does not return.
class BlockingFactory final : public com_cancel::CountedObject<IClassFactory> {
 public:
  HRESULT STDMETHODCALLTYPE CreateInstance(IUnknown*, REFIID, void**) override { HangForEver(); }
  HRESULT STDMETHODCALLTYPE LockServer(BOOL) override { return S_OK; }
};

template <typename Made>
Microsoft::WRL::ComPtr<IClassFactory> NewFactory() {
  return com_cancel::TakeOver<IClassFactory>(new (std::nothrow) Made);
}

}  // namespace

Hostile::~Hostile() {
  if (hangs_on_release_) HangForEver();
}

HRESULT Hostile::GetTypeInfoCount(UINT* count) {
  if (!count) return E_POINTER;
  *count = 0;
  return S_OK;
}

HRESULT Hostile::GetTypeInfo(UINT, LCID, ITypeInfo** info) {
  if (info) *info = nullptr;
  return E_NOTIMPL;
}

HRESULT Hostile::GetIDsOfNames(REFIID, LPOLESTR* names, UINT count, LCID, DISPID* ids) {
  if (!names || !ids || count == 0) return E_INVALIDARG;
  std::fill_n(ids, count, DISPID_UNKNOWN);
  const auto* const found =
      std::find_if(std::begin(kMembersOfHostile), std::end(kMembersOfHostile), [&](const auto& member) {
        return CompareStringOrdinal(member.name, -1, names[0], -1, TRUE) == CSTR_EQUAL;
      });
  if (found == std::end(kMembersOfHostile) || count > 1) return DISP_E_UNKNOWNNAME;
  ids[0] = found->id;
  return S_OK;
}

HRESULT Hostile::Invoke(DISPID id, REFIID, LCID, WORD, DISPPARAMS* passed, VARIANT* result, EXCEPINFO*,
                        UINT*) {
  const auto* const found = std::find_if(std::begin(kMembersOfHostile), std::end(kMembersOfHostile),
                                         [&](const auto& member) { return member.id == id; });
  if (found == std::end(kMembersOfHostile)) return DISP_E_MEMBERNOTFOUND;
  VARIANT number;
  VariantInit(&number);
  if (passed && passed->cArgs > 0) {
    const HRESULT converted = VariantChangeType(&number, &passed->rgvarg[0], 0, VT_I4);
    if (FAILED(converted)) return converted;
  }
  VARIANT unused;
  VariantInit(&unused);
  if (result) VariantInit(result);
  const HRESULT hr =
      (this->*found->run)(V_VT(&number) == VT_I4 ? V_I4(&number) : 0, result ? *result : unused);
  VariantClear(&unused);
  return hr;
}

HRESULT Hostile::Block(long milliseconds, VARIANT&) {
  Sleep(static_cast<DWORD>(milliseconds));
  return S_OK;
}

HRESULT Hostile::BlockPolling(long milliseconds, VARIANT&) {
  const auto until = Clock::now() + std::chrono::milliseconds(milliseconds);
  while (Clock::now() < until) {
    if (IsCanceled()) return RPC_E_CALL_CANCELED;
    Sleep(5);
  }
  return S_OK;
}

HRESULT Hostile::Crash(long, VARIANT&) {
  // Not null: under Wine a program of root may write there.
  auto* const nowhere =
      static_cast<volatile int*>(VirtualAlloc(nullptr, sizeof(int), MEM_RESERVE, PAGE_NOACCESS));
  *nowhere = 1;
  return S_OK;
}

HRESULT Hostile::Exit(long code, VARIANT&) { ExitProcess(static_cast<UINT>(code)); }

HRESULT Hostile::HangOnDetach(long, VARIANT&) {
  hangs_on_detach = true;
  return S_OK;
}

HRESULT Hostile::HangOnRelease(long, VARIANT&) {
  hangs_on_release_ = true;
  return S_OK;
}

HRESULT Hostile::Another(long, VARIANT& result) {
  auto* const made = new (std::nothrow) Hostile;
  if (!made) return E_OUTOFMEMORY;
  V_VT(&result) = VT_DISPATCH;
  V_DISPATCH(&result) = made;
  return S_OK;
}

HRESULT Hostile::ProcessId(long, VARIANT& result) {
  SetNumber(result, GetCurrentProcessId());
  return S_OK;
}

HRESULT Hostile::ThreadId(long, VARIANT& result) {
  SetNumber(result, GetCurrentThreadId());
  return S_OK;
}

HRESULT Hostile::Bits(long, VARIANT& result) {
  SetNumber(result, 8 * sizeof(void*));
  return S_OK;
}

}  // namespace prime

// Declared in the system's headers, exported by inproc.def.
STDAPI DllGetClassObject(REFCLSID clsid, REFIID iid, void** object) {
  using namespace prime;
  if (!object) return E_POINTER;
  *object = nullptr;
  if (!IsIn(kHostileLibrary, clsid)) return CLASS_E_CLASSNOTAVAILABLE;
  com_cancel_ServeCancellation();  // has no effect where the client has done it
  const auto factory =
      clsid == kHostileFactory ? NewFactory<BlockingFactory>() : NewFactory<Factory<Hostile>>();
  return factory ? factory->QueryInterface(iid, object) : E_OUTOFMEMORY;
}

STDAPI DllCanUnloadNow() {
  return com_cancel::counters::objects == 0 && prime::server_locks == 0 ? S_OK : S_FALSE;
}

BOOL WINAPI DllMain(HINSTANCE, DWORD reason, void*) {
  if (reason == DLL_PROCESS_DETACH && prime::hangs_on_detach) prime::HangForEver();
  return TRUE;
}
