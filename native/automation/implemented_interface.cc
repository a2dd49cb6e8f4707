// ImplementedInterface, the description of an interface by vtable that JavaScript implements.
#include "automation/implemented_interface.h"

#include <algorithm>
#include <utility>

#include "automation/incoming_arguments.h"

namespace com_cancel {
namespace {

VtableMethod SlotFor(const ImplementedPart& part) {
  VtableMethod method{part.slot, {}};
  for (const MethodParameter& parameter : part.parameters) method.arguments.push_back(KindOf(parameter));
  return method;
}

Vtable VtableOf(const std::vector<ImplementedMethod>& methods) {
  std::vector<VtableMethod> slots;
  slots.reserve(methods.size());
  for (const ImplementedMethod& method : methods) slots.push_back(SlotFor(method.whole));
  return {slots, true};
}

Vtable AsyncVtableOf(const std::vector<ImplementedMethod>& methods, REFIID async_iid) {
  std::vector<VtableMethod> slots;
  if (async_iid != GUID_NULL) {
    for (const ImplementedMethod& method : methods) {
      slots.push_back(SlotFor(method.begin));
      slots.push_back(SlotFor(method.finish));
    }
  }
  return {slots, false};
}

}  // namespace

ImplementedInterface::ImplementedInterface(REFIID iid, REFIID async_iid,
                                           std::vector<ImplementedMethod> methods)
    : iid_(iid),
      async_iid_(async_iid),
      methods_(std::move(methods)),
      vtable_(VtableOf(methods_)),
      async_vtable_(AsyncVtableOf(methods_, async_iid)) {}

const ImplementedMethod& ImplementedInterface::MethodAt(unsigned slot) const {
  return *std::find_if(methods_.begin(), methods_.end(),
                       [&](const ImplementedMethod& method) { return method.whole.slot == slot; });
}

const ImplementedMethod& ImplementedInterface::AsyncMethodAt(unsigned slot) const {
  return *std::find_if(methods_.begin(), methods_.end(), [&](const ImplementedMethod& method) {
    return method.begin.slot == slot || method.finish.slot == slot;
  });
}

}  // namespace com_cancel
