// NewAsyncCall, which makes the call objects of Prime.Async, and what their methods do.
#pragma once

#include <functional>

#include "host/win.h"

namespace prime {

// What the call objects of a class have.
enum class Calls {
  kComplete,
  kNotAggregatable,  // CLASS_E_NOAGGREGATION
  kNotCancelable,    // no ICancelMethodCalls (A4)
};

// ICallFactory::CreateCall for AsyncIPrime.
HRESULT NewAsyncCall(Calls calls, IUnknown* outer, REFIID iid, IUnknown** call);

// As slow as the example of the book. RPC_E_CALL_CANCELED when `canceled` returned true.
HRESULT FindOutIfPrime(LONG number, const std::function<bool()>& canceled, LONG& prime);

// What CoTestCancel last returned to a method of an asynchronous call (S6).
HRESULT LastTest();

}  // namespace prime
