// How often cancellation is enabled on each thread: a counter in thread-local storage that CoUninitialize
// resets.
#include "enable_count.h"

#include "win.h"

namespace com_cancel::enable_count {
namespace {

// No destructors here: thread-local destructors of a library run too late, or not at all.
thread_local unsigned long count = 0;
thread_local bool watching = false;

// Leaving the apartment for good disables cancellation (E6), whoever calls CoUninitialize. One object for all
// threads and for ever: COM may still hold it when a thread ends.
class LeaveWatcher final : public IInitializeSpy {
 public:
  HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override {
    if (!object) return E_POINTER;
    const bool known = iid == __uuidof(IUnknown) || iid == __uuidof(IInitializeSpy);
    *object = known ? this : nullptr;
    return known ? S_OK : E_NOINTERFACE;
  }
  ULONG STDMETHODCALLTYPE AddRef() override { return 2; }
  ULONG STDMETHODCALLTYPE Release() override { return 1; }
  HRESULT STDMETHODCALLTYPE PreInitialize(DWORD, DWORD) override { return S_OK; }
  HRESULT STDMETHODCALLTYPE PostInitialize(HRESULT result, DWORD, DWORD) override { return result; }
  HRESULT STDMETHODCALLTYPE PreUninitialize(DWORD) override { return S_OK; }
  HRESULT STDMETHODCALLTYPE PostUninitialize(DWORD references) override {
    if (references == 0) count = 0;
    return S_OK;
  }
};

LeaveWatcher leave_watcher;

}  // namespace

void Up() {
  if (!watching) {
    ULARGE_INTEGER cookie;
    watching = SUCCEEDED(CoRegisterInitializeSpy(&leave_watcher, &cookie));
  }
  ++count;
}

bool Down() {
  if (count == 0) return false;
  --count;
  return true;
}

bool Enabled() { return count > 0; }

}  // namespace com_cancel::enable_count
