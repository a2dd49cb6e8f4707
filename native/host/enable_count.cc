// The enable count of each thread: a counter in thread-local storage that CoUninitialize resets.
#include "host/enable_count.h"

#include "host/static_object.h"

namespace com_cancel::enable_count {
namespace {

// A slot of the system: MinGW emulates thread_local with a function call per access, which is several times
// slower. The upper bits hold the count; the lowest bit says whether the thread is watched.
const DWORD slot = TlsAlloc();
constexpr ULONG_PTR kWatching = 1;
constexpr ULONG_PTR kOne = 2;

ULONG_PTR Load() { return reinterpret_cast<ULONG_PTR>(TlsGetValue(slot)); }
void Store(ULONG_PTR value) { TlsSetValue(slot, reinterpret_cast<void*>(value)); }

// Disables cancellation when the thread leaves its apartment for good (E6), whichever code calls
// CoUninitialize. One static object serves all threads: COM may still hold it when a thread ends.
class UninitializeWatcher final : public StaticObject<IInitializeSpy> {
 public:
  HRESULT STDMETHODCALLTYPE PreInitialize(DWORD, DWORD) override { return S_OK; }
  HRESULT STDMETHODCALLTYPE PostInitialize(HRESULT result, DWORD, DWORD) override { return result; }
  HRESULT STDMETHODCALLTYPE PreUninitialize(DWORD) override { return S_OK; }
  HRESULT STDMETHODCALLTYPE PostUninitialize(DWORD references) override {
    if (references == 0) Store(Load() & kWatching);
    return S_OK;
  }
};

UninitializeWatcher uninitialize_watcher;

}  // namespace

void Up() {
  ULONG_PTR value = Load();
  if (!(value & kWatching)) {
    ULARGE_INTEGER cookie;
    if (SUCCEEDED(CoRegisterInitializeSpy(&uninitialize_watcher, &cookie))) value |= kWatching;
  }
  Store(value + kOne);
}

bool Down() {
  const ULONG_PTR value = Load();
  if (value < kOne) return false;
  Store(value - kOne);
  return true;
}

bool Enabled() { return Load() >= kOne; }

}  // namespace com_cancel::enable_count
