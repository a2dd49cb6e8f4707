// IncomingArguments, what the caller of a method by vtable has passed, and where the results are stored.
#pragma once

#include <optional>
#include <vector>

#include "automation/call.h"
#include "automation/implemented_interface.h"
#include "automation/slot_arguments.h"
#include "automation/variant.h"

namespace com_cancel {

// How an argument of a parameter is passed.
ArgumentKind KindOf(const MethodParameter& parameter);

// On the thread of the caller, until the method returns.
class IncomingArguments {
 public:
  // Takes the arguments. The results are zero from then on, as COM requires. Throws std::bad_alloc.
  IncomingArguments(const ImplementedPart& part, SlotArguments& arguments);

  // E_POINTER when the caller has passed no address for a result.
  HRESULT Check() const;
  // Reads the values for JavaScript: one for each parameter, as binding.d.ts's MethodCall has them.
  // E_POINTER, E_INVALIDARG or DISP_E_BADVARTYPE for values that cannot be read.
  HRESULT Read(const PointerConversion& pointers, std::vector<Value>& values) const;
  // Stores results, none of them after a failure.
  HRESULT Store(const OutArguments& outs, const PointerConversion& pointers) const;

 private:
  bool IsReference(std::size_t i) const;
  // Of a reference.
  void* PlaceOf(std::size_t i) const;
  HRESULT ReadScalar(std::size_t i, const PointerConversion& pointers, Value& value) const;
  HRESULT ReadBuffer(std::size_t i, const std::vector<Value>& values, Value& value) const;

  const std::vector<MethodParameter>& parameters_;
  std::vector<Argument> arguments_;
};

// What a method returns for a reply, whose results it stores: RPC_E_DISCONNECTED for none. Leaves the error
// object of a failure (IErrorInfo) for the caller of the interface `iid`.
HRESULT Deliver(const std::optional<Reply>& reply, const IncomingArguments& arguments,
                const PointerConversion& pointers, REFIID iid);

}  // namespace com_cancel
