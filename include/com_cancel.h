/* com_cancel.h: makes a blocking operation of native code cancelable, as COM's own calls are.
 *
 * While the operation blocks its thread, the thread has a cancel object (CoSetCancelObject), as a proxy registers one
 * for each call. Everything that cancels COM calls then cancels the operation: CoCancelCall on another thread, and
 * com-cancel's comTimeout, watchdog and cancelCall. For custom-marshaled objects and native add-ons. C99 or C++; needs
 * no library, and com-cancel only where the system's ole32.dll has no cancellation functions (Wine).
 *
 *   com_cancel_operation *operation;
 *   HRESULT hr = com_cancel_begin(WakeUp, context, &operation);
 *   if (FAILED(hr)) return hr;
 *   ... block, until the work is done or WakeUp was called ...
 *   return com_cancel_end(operation);      S_OK, or RPC_E_CALL_CANCELED
 *
 * Operations of a thread nest, and end in the reverse order. A canceler may hold the operation for a moment after its end:
 * the module that includes this header stays loaded while other threads may cancel.
 */
#ifndef COM_CANCEL_H
#define COM_CANCEL_H

#include <windows.h>
/* After windows.h, which they need. */
#include <objbase.h>
#ifndef PSAPI_VERSION
#define PSAPI_VERSION 2 /* in kernel32.dll */
#endif
#include <psapi.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Called once, by the thread that cancels, which is not the blocked one: it wakes the blocked thread and returns at once.
 * `seconds`: how long the canceler waits for the operation to end. Not called any more when com_cancel_end has returned.
 * It must not call com_cancel_test or com_cancel_end, which wait for it. */
typedef void(CALLBACK *com_cancel_callback)(void *context, ULONG seconds);

/* An operation that blocks the thread that began it: a COM object with ICancelMethodCalls. */
typedef struct com_cancel_operation com_cancel_operation;

struct com_cancel_vtable_ {
  HRESULT(STDMETHODCALLTYPE *QueryInterface)(com_cancel_operation *, const IID *, void **);
  ULONG(STDMETHODCALLTYPE *AddRef)(com_cancel_operation *);
  ULONG(STDMETHODCALLTYPE *Release)(com_cancel_operation *);
  HRESULT(STDMETHODCALLTYPE *Cancel)(com_cancel_operation *, ULONG);
  HRESULT(STDMETHODCALLTYPE *TestCancel)(com_cancel_operation *);
};

struct com_cancel_operation {
  const struct com_cancel_vtable_ *vtable;
  HRESULT(WINAPI *set)(IUnknown *); /* CoSetCancelObject */
  LONG references;
  SRWLOCK lock; /* held while the callback runs, so that com_cancel_end waits for it */
  BOOL canceled;
  BOOL over;
  com_cancel_callback on_cancel;
  void *context;
};

typedef HRESULT(WINAPI *com_cancel_set_)(IUnknown *);

/* CoSetCancelObject of the system, or of com-cancel where the system has none. NULL where neither is there. */
static inline com_cancel_set_ com_cancel_find_(void) {
  HMODULE modules[1024];
  DWORD size = 0;
  DWORD each;
  HMODULE ole32 = LoadLibraryExW(L"ole32.dll", NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
  FARPROC found = ole32 ? GetProcAddress(ole32, "CoSetCancelObject") : NULL;
  if (!found && K32EnumProcessModules(GetCurrentProcess(), modules, sizeof modules, &size)) {
    if (size > sizeof modules) size = sizeof modules;
    for (each = 0; !found && each < size / sizeof modules[0]; ++each)
      found = GetProcAddress(modules[each], "com_cancel_CoSetCancelObject");
  }
  /* By way of this type, from which compilers take every cast. */
  return (com_cancel_set_)(void (*)(void))found;
}

static inline ULONG STDMETHODCALLTYPE com_cancel_add_ref_(com_cancel_operation *operation) {
  return (ULONG)InterlockedIncrement(&operation->references);
}

static inline ULONG STDMETHODCALLTYPE com_cancel_release_(com_cancel_operation *operation) {
  const LONG left = InterlockedDecrement(&operation->references);
  if (left == 0) HeapFree(GetProcessHeap(), 0, operation);
  return (ULONG)left;
}

static inline HRESULT STDMETHODCALLTYPE com_cancel_query_(com_cancel_operation *operation, const IID *iid,
                                                          void **object) {
  /* IUnknown and ICancelMethodCalls. */
  static const IID known[] = {{0x00000000, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}},
                              {0x00000029, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}}};
  if (!object) return E_POINTER;
  *object = NULL;
  if (memcmp(iid, &known[0], sizeof *iid) != 0 && memcmp(iid, &known[1], sizeof *iid) != 0)
    return E_NOINTERFACE;
  com_cancel_add_ref_(operation);
  *object = operation;
  return S_OK;
}

static inline HRESULT com_cancel_state_(const com_cancel_operation *operation) {
  if (operation->canceled) return RPC_E_CALL_CANCELED;
  return operation->over ? RPC_E_CALL_COMPLETE : RPC_S_CALLPENDING;
}

static inline HRESULT STDMETHODCALLTYPE com_cancel_cancel_(com_cancel_operation *operation, ULONG seconds) {
  HRESULT state;
  AcquireSRWLockExclusive(&operation->lock);
  state = com_cancel_state_(operation);
  if (state == RPC_S_CALLPENDING) {
    operation->canceled = TRUE;
    operation->on_cancel(operation->context, seconds);
    state = S_OK;
  }
  ReleaseSRWLockExclusive(&operation->lock);
  return state;
}

static inline HRESULT STDMETHODCALLTYPE com_cancel_test_(com_cancel_operation *operation) {
  HRESULT state;
  AcquireSRWLockShared(&operation->lock);
  state = com_cancel_state_(operation);
  ReleaseSRWLockShared(&operation->lock);
  return state;
}

/* The operation begins on the calling thread, which is in an apartment. Pass it to com_cancel_end on the same thread.
 * Failures: E_OUTOFMEMORY; E_NOTIMPL where neither the system nor com-cancel has CoSetCancelObject; those of
 * CoSetCancelObject. */
static inline HRESULT com_cancel_begin(com_cancel_callback on_cancel, void *context,
                                       com_cancel_operation **operation) {
  static const struct com_cancel_vtable_ vtable = {com_cancel_query_, com_cancel_add_ref_, com_cancel_release_,
                                                   com_cancel_cancel_, com_cancel_test_};
  const com_cancel_set_ set = com_cancel_find_();
  com_cancel_operation *made;
  HRESULT hr;
  *operation = NULL;
  if (!set) return E_NOTIMPL;
  made = (com_cancel_operation *)HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof *made);
  if (!made) return E_OUTOFMEMORY;
  made->vtable = &vtable;
  made->set = set;
  made->references = 1;
  InitializeSRWLock(&made->lock);
  made->on_cancel = on_cancel;
  made->context = context;
  hr = set((IUnknown *)made);
  if (SUCCEEDED(hr))
    *operation = made;
  else
    com_cancel_release_(made);
  return hr;
}

/* Whether the operation was canceled: RPC_E_CALL_CANCELED, else RPC_S_CALLPENDING. On any thread. */
static inline HRESULT com_cancel_test(com_cancel_operation *operation) { return com_cancel_test_(operation); }

/* The operation is over: waits for a callback that runs, and releases the operation. RPC_E_CALL_CANCELED if it was
 * canceled, else S_OK. On the thread that began it. */
static inline HRESULT com_cancel_end(com_cancel_operation *operation) {
  HRESULT hr;
  operation->set(NULL);
  AcquireSRWLockExclusive(&operation->lock);
  operation->over = TRUE;
  hr = operation->canceled ? RPC_E_CALL_CANCELED : S_OK;
  ReleaseSRWLockExclusive(&operation->lock);
  com_cancel_release_(operation);
  return hr;
}

#ifdef __cplusplus
}
#endif

#endif
