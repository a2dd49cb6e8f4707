// Inquiry, the many calls by which an object is asked for its type information.
#pragma once

#include <memory>

#include "automation/type_info.h"
#include "host/win.h"
#include "threads/busy.h"
#include "threads/job.h"
// After win.h, which it needs.
#include <oaidl.h>

namespace com_cancel {

// Type information may be incomplete: what it lacks is left out. A failure of the call itself, which the next
// call would have as well, ends the inquiry.
class Inquiry {
 public:
  Inquiry(const Job& job, bool brief) : job_(job), brief_(brief) {}

  // A brief inquiry has no help texts, types, enumerations, events and class.
  bool brief() const { return brief_; }
  // Notes the result of a call.
  bool Succeeded(HRESULT hr) {
    if (EndsInquiry(hr) && SUCCEEDED(failure_)) failure_ = hr;
    return SUCCEEDED(hr);
  }
  std::unique_ptr<TYPEATTR, GiveBack> Attributes(ITypeInfo* type) {
    HRESULT hr = S_OK;
    auto found = AttributesOf(type, &hr);
    Succeeded(hr);
    return found;
  }
  std::unique_ptr<FUNCDESC, GiveBack> Function(ITypeInfo* type, UINT index) {
    HRESULT hr = S_OK;
    auto found = FunctionOf(type, index, &hr);
    Succeeded(hr);
    return found;
  }
  std::unique_ptr<VARDESC, GiveBack> Variable(ITypeInfo* type, UINT index) {
    HRESULT hr = S_OK;
    auto found = VariableOf(type, index, &hr);
    Succeeded(hr);
    return found;
  }
  // Whether to ask further.
  bool goes_on() const { return SUCCEEDED(failure_) && !job_.canceled(); }
  HRESULT result() const { return job_.canceled() ? RPC_E_CALL_CANCELED : failure_; }

 private:
  static bool EndsInquiry(HRESULT hr) {
    if (SUCCEEDED(hr)) return false;
    const int code = HRESULT_CODE(hr);
    return HRESULT_FACILITY(hr) == FACILITY_RPC || hr == E_OUTOFMEMORY || IsBusy(hr) ||
           (HRESULT_FACILITY(hr) == FACILITY_WIN32 && code >= RPC_S_INVALID_STRING_BINDING &&
            code <= RPC_X_BAD_STUB_DATA);
  }

  const Job& job_;
  const bool brief_;
  HRESULT failure_ = S_OK;
};

}  // namespace com_cancel
