// Members that return the state of the process, of the calling thread and of the object.
#include "state.h"

#include "calculator.h"

namespace prime {

HRESULT Calculator::Started(Arguments& call) {
  call.result = Variant::Long(calls::started);
  return S_OK;
}

HRESULT Calculator::Finished(Arguments& call) {
  call.result = Variant::Long(calls::finished);
  return S_OK;
}

HRESULT Calculator::Canceled(Arguments& call) {
  call.result = Variant::Long(calls::canceled);
  return S_OK;
}

HRESULT Calculator::Reset(Arguments&) {
  calls::started = 0;
  calls::finished = 0;
  calls::canceled = 0;
  return S_OK;
}

HRESULT Calculator::ThreadId(Arguments& call) {
  call.result = Variant::Long(static_cast<long>(GetCurrentThreadId()));
  return S_OK;
}

HRESULT Calculator::ProcessId(Arguments& call) {
  call.result = Variant::Long(static_cast<long>(GetCurrentProcessId()));
  return S_OK;
}

HRESULT Calculator::Apartment(Arguments& call) {
  APTTYPE type;
  APTTYPEQUALIFIER qualifier;
  Check(CoGetApartmentType(&type, &qualifier));
  const bool single = type == APTTYPE_STA || type == APTTYPE_MAINSTA;
  call.result = Variant::Text(single ? L"sta" : L"mta");
  return S_OK;
}

HRESULT Calculator::RefCount(Arguments& call) {
  AddRef();
  call.result = Variant::Long(static_cast<long>(Release()));
  return S_OK;
}

HRESULT Calculator::Objects(Arguments& call) {
  call.result = Variant::Long(calculators);
  return S_OK;
}

HRESULT Calculator::LookUps(Arguments& call) {
  call.result = Variant::Long(look_ups_);
  return S_OK;
}

// The description of the calling thread; empty where the system has none.
HRESULT Calculator::ThreadName(Arguments& call) {
  using Function = HRESULT(WINAPI*)(HANDLE, PWSTR*);
  const HMODULE kernel32 = GetModuleHandleW(L"kernel32.dll");
  const auto describe =
      reinterpret_cast<Function>(reinterpret_cast<void*>(GetProcAddress(kernel32, "GetThreadDescription")));
  PWSTR name = nullptr;
  const HRESULT hr = describe ? describe(GetCurrentThread(), &name) : E_NOTIMPL;
  call.result = Variant::Text(SUCCEEDED(hr) && name ? name : L"");
  if (name) LocalFree(name);
  return S_OK;
}

}  // namespace prime
