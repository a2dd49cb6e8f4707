// ImplementedInterface, the description of an interface by vtable that JavaScript implements.
#pragma once

#include <vector>

#include "automation/method.h"
#include "automation/vtable.h"
#include "host/win.h"

namespace com_cancel {

// What one slot takes: all parameters of a method, or those of its Begin_ or Finish_.
struct ImplementedPart {
  unsigned slot = 0;
  std::vector<MethodParameter> parameters;
};

// binding.d.ts's ImplementedMethod.
struct ImplementedMethod {
  bool returns_hresult = true;
  ImplementedPart whole;
  ImplementedPart begin;
  ImplementedPart finish;
};

class ImplementedInterface {
 public:
  // `async_iid`: GUID_NULL for an interface without an asynchronous one. Throws as Vtable's constructor does.
  ImplementedInterface(REFIID iid, REFIID async_iid, std::vector<ImplementedMethod> methods);

  const IID& iid() const { return iid_; }
  const IID& async_iid() const { return async_iid_; }
  bool has_async() const { return async_iid_ != GUID_NULL; }
  const Vtable& vtable() const { return vtable_; }
  const Vtable& async_vtable() const { return async_vtable_; }

  // The method of a slot, which the vtable has.
  const ImplementedMethod& MethodAt(unsigned slot) const;
  // The method of which a slot of the asynchronous vtable is the Begin_ or the Finish_.
  const ImplementedMethod& AsyncMethodAt(unsigned slot) const;

 private:
  const IID iid_;
  const IID async_iid_;
  const std::vector<ImplementedMethod> methods_;
  const Vtable vtable_;
  const Vtable async_vtable_;
};

}  // namespace com_cancel
