// CallMethod, a call of a method by its slot in a vtable: binding.d.ts's MethodCall.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "automation/call.h"
#include "automation/pointer.h"
#include "host/win.h"
#include "threads/com_thread.h"
#include "threads/job.h"

namespace com_cancel {

// binding.d.ts's MethodParameter.
struct MethodParameter {
  enum class Direction { kIn, kOut, kInOut };
  // Of `length`: no parameter has the number of elements.
  static constexpr int kAll = -1;

  ValueType type = ValueType::kEmpty;
  Direction direction = Direction::kIn;
  bool buffer = false;
  int length = kAll;
  int size = kAll;         // only of an ImplementedMethod: the parameter with the number that is allocated
  IID iid = IID_IUnknown;  // of an 'unknown' that is passed
};

struct MethodCall {
  enum class Step { kNone, kBegin, kFinish };

  IID iid{};
  unsigned slot = 0;
  bool returns_hresult = true;
  std::vector<MethodParameter> parameters;
  std::vector<Value> args;
  Step step = Step::kNone;
};

// The size of an element of a buffer; 0 for a type that has no buffers.
std::size_t SizeInBuffer(ValueType type);
// A number of elements; none for what is no number, or negative.
std::optional<std::size_t> CountIn(const Value& value);

// On a thread of the object's apartment. An argument that is not of the type of its parameter is
// DISP_E_TYPEMISMATCH, a buffer that is smaller than the number of elements passed with it E_INVALIDARG: the
// method is then not called.
std::unique_ptr<Outcome> CallMethod(ComThread& home, const Pointer& object, const MethodCall& call,
                                    const Job& job);

}  // namespace com_cancel
