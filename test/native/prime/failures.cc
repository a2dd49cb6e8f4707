// Members that fail, in each of the ways in which Automation reports an error.
#include <memory>

#include "calculator.h"
#include "classes.h"
#include "factory.h"
#include "host/counted_object.h"

using Microsoft::WRL::ComPtr;

namespace prime {
namespace {

// Old servers report a code of 1 to 65535 instead of an HRESULT.
void SetCode(EXCEPINFO& exception, HRESULT code) {
  if (code > 0 && code <= 0xFFFF) {
    exception.wCode = static_cast<WORD>(code);
  } else {
    exception.scode = code;
  }
}

BSTR TextOrNull(const Arguments& call, size_t position) {
  return call.Has(position) ? NewBstr(call.Text(position)) : nullptr;
}

// The deferred fill-in function of FailDeferred.
struct Deferred {
  HRESULT code;
  std::wstring description;
  std::wstring source;
};

HRESULT WINAPI FillIn(EXCEPINFO* exception) {
  const std::unique_ptr<Deferred> deferred(static_cast<Deferred*>(exception->pvReserved));
  exception->pvReserved = nullptr;
  exception->pfnDeferredFillIn = nullptr;
  if (!deferred) return E_UNEXPECTED;
  SetCode(*exception, deferred->code);
  exception->bstrDescription = SysAllocString(deferred->description.c_str());
  exception->bstrSource = SysAllocString(deferred->source.c_str());
  return S_OK;
}

}  // namespace

HRESULT Calculator::Fail(Arguments& call) {
  const HRESULT code = call.Hresult(0);
  const long help_context = call.Long(4, 0);
  if (EXCEPINFO* exception = call.exception()) {
    SetCode(*exception, code);
    // The caller owns the strings that exist, even if a later one can't be allocated.
    exception->bstrDescription = TextOrNull(call, 1);
    exception->bstrSource = TextOrNull(call, 2);
    exception->bstrHelpFile = TextOrNull(call, 3);
    exception->dwHelpContext = static_cast<DWORD>(help_context);
  }
  return DISP_E_EXCEPTION;
}

HRESULT Calculator::FailDeferred(Arguments& call) {
  auto deferred = std::make_unique<Deferred>(Deferred{call.Hresult(0), call.Text(1, L""), call.Text(2, L"")});
  if (EXCEPINFO* exception = call.exception()) {
    exception->pvReserved = deferred.release();
    exception->pfnDeferredFillIn = FillIn;
  }
  return DISP_E_EXCEPTION;
}

HRESULT Calculator::FailErrorInfo(Arguments& call) {
  const HRESULT code = call.Hresult(0);
  if (SUCCEEDED(code)) call.Refuse(0, E_INVALIDARG);
  ComPtr<ICreateErrorInfo> made;
  ComPtr<IErrorInfo> info;
  Check(CreateErrorInfo(&made));
  Check(made->SetGUID(kMembers));
  // These functions take strings as LPOLESTR, and do not change them.
  if (call.Has(1)) Check(made->SetDescription(call.Text(1).data()));
  if (call.Has(2)) Check(made->SetSource(call.Text(2).data()));
  if (call.Has(3)) Check(made->SetHelpFile(call.Text(3).data()));
  Check(made->SetHelpContext(static_cast<DWORD>(call.Long(4, 0))));
  Check(made.As(&info));
  Check(SetErrorInfo(0, info.Get()));
  return code;
}

// The class object refuses the next activations with this HRESULT, as a server that is busy.
HRESULT Calculator::RefuseActivations(Arguments& call) {
  activations.Refuse(call.Long(0), call.Long(1));
  return S_OK;
}

// The object refuses the next calls of counted members with this HRESULT, and does not execute them.
HRESULT Calculator::RefuseCalls(Arguments& call) {
  refusals_.Refuse(call.Long(0), call.Long(1));
  return S_OK;
}

}  // namespace prime
