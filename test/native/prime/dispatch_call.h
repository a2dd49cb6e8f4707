// DispatchCall, an outgoing late-bound call.
#pragma once

#include <algorithm>
#include <vector>

#include "variant.h"

namespace prime {

class DispatchCall {
 public:
  DispatchCall(IDispatch* object, DISPID id, WORD kinds) : object_(object), id_(id), kinds_(kinds) {}

  void Add(Variant argument) { arguments_.push_back(std::move(argument)); }
  // By reference: the callee may change `referred`.
  void AddReference(VARIANT* referred) {
    Variant argument;
    argument->vt = VT_BYREF | VT_VARIANT;
    argument->pvarVal = referred;
    Add(std::move(argument));
  }

  // May be called once. `exception` may be null.
  HRESULT Invoke(EXCEPINFO* exception, UINT* argument = nullptr) {
    std::vector<VARIANT> passed;
    for (auto last = arguments_.rbegin(); last != arguments_.rend(); ++last) passed.push_back(**last);
    const bool setting = (kinds_ & (DISPATCH_PROPERTYPUT | DISPATCH_PROPERTYPUTREF)) != 0;
    DISPID named = DISPID_PROPERTYPUT;
    DISPPARAMS parameters = {passed.data(), setting ? &named : nullptr, static_cast<UINT>(passed.size()),
                             setting ? 1U : 0U};
    return object_->Invoke(id_, IID_NULL, LOCALE_USER_DEFAULT, kinds_, &parameters,
                           setting ? nullptr : result.get(), exception, argument);
  }

  Variant result;

 private:
  IDispatch* const object_;
  const DISPID id_;
  const WORD kinds_;
  std::vector<Variant> arguments_;
};

}  // namespace prime
