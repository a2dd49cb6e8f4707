// CallMethod, a call of a method by its slot in a vtable, with DispCallFunc.
#include "automation/method.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>

#include "automation/arguments.h"
#include "automation/call_object.h"
#include "automation/error_info.h"
#include "automation/scalar_codecs.h"
#include "threads/busy.h"

using Microsoft::WRL::ComPtr;

namespace com_cancel {
namespace {

using Direction = MethodParameter::Direction;

// The type as DispCallFunc takes it.
VARTYPE PassedType(ValueType type) {
  switch (type) {
    case ValueType::kInt:
      return VT_I4;
    case ValueType::kUint:
      return VT_UI4;
    default:
      return kVartypes[static_cast<std::size_t>(type)];
  }
}

// The variable of an 'out' parameter before the call: zero.
Value Zero(ValueType type) {
  if (type == ValueType::kVariant) return {ValueType::kEmpty, std::monostate(), ByReference::kVariant};
  Value value{type, std::monostate(), ByReference::kValue};
  WithScalarCodec(kVartypes[static_cast<std::size_t>(type)], E_INVALIDARG, [&]([[maybe_unused]] auto codec) {
    value.data.emplace<typename decltype(codec)::Kept>();
    return S_OK;
  });
  return value;
}

// The arguments of one call. The method gets their addresses.
class MethodArguments {
 public:
  // Throws std::bad_alloc.
  MethodArguments(const MethodCall& call, const PointerConversion& pointers)
      : call_(call),
        pointers_(pointers),
        variants_(call.parameters.size()),
        buffers_(call.parameters.size()),
        types_(call.parameters.size()),
        passed_(call.parameters.size()) {}

  // `index` becomes the index of the argument that is refused.
  HRESULT Set(int& index, RefusedType& refused) {
    if (call_.args.size() != call_.parameters.size()) return E_INVALIDARG;
    for (std::size_t i = 0; i < call_.parameters.size(); ++i) {
      const MethodParameter& parameter = call_.parameters[i];
      index = static_cast<int>(i);
      if (!HasData(parameter.type)) return E_INVALIDARG;
      const HRESULT hr = parameter.buffer ? SetBuffer(i) : SetScalar(i, refused);
      if (FAILED(hr)) return hr;
      const bool reference = parameter.buffer || parameter.direction != Direction::kIn;
      types_[i] = static_cast<VARTYPE>(PassedType(parameter.type) | (reference ? VT_BYREF : 0));
      passed_[i] = variants_.data() + i;
    }
    index = -1;
    return S_OK;
  }

  HRESULT CallOn(void* object) {
    VARIANT result;
    VariantInit(&result);
    const VARTYPE returned = call_.returns_hresult ? VT_ERROR : VT_EMPTY;
    const HRESULT hr = DispCallFunc(object, call_.slot * sizeof(void*), CC_STDCALL, returned,
                                    static_cast<UINT>(types_.size()), types_.data(), passed_.data(), &result);
    if (FAILED(hr) || !call_.returns_hresult) return hr;
    return V_ERROR(&result);
  }

  // After a failure: what a faulty method left in an 'out' parameter belongs to nobody.
  void DropResults() {
    for (std::size_t i = 0; i < call_.parameters.size(); ++i) {
      const MethodParameter& parameter = call_.parameters[i];
      if (!parameter.buffer && parameter.direction == Direction::kOut) variants_.Abandon(i);
    }
  }

  // After a success. `index` becomes that of a result that can't be converted.
  HRESULT Take(OutArguments& outs, int& index, RefusedType& refused) const {
    for (std::size_t i = 0; i < call_.parameters.size(); ++i) {
      const MethodParameter& parameter = call_.parameters[i];
      if (parameter.direction == Direction::kIn) continue;
      Value value;
      const HRESULT hr =
          parameter.buffer ? TakeBuffer(i, value) : variants_.Get(i, pointers_, &value, &refused);
      if (FAILED(hr)) {
        index = static_cast<int>(i);
        return hr;
      }
      outs.emplace_back(i, std::move(value));
    }
    return S_OK;
  }

 private:
  // The elements of a buffer: those of the call, those for the method, and their number.
  struct Buffer {
    Block block;
    std::size_t count = 0;
  };

  HRESULT SetScalar(std::size_t i, RefusedType& refused) {
    const MethodParameter& parameter = call_.parameters[i];
    if (parameter.direction == Direction::kOut)
      return variants_.Set(i, Zero(parameter.type), pointers_, &refused);
    Value value = call_.args[i];
    if (parameter.type != ValueType::kVariant && value.type != parameter.type) return DISP_E_TYPEMISMATCH;
    // Arguments passes a missing one by value, and the method may want the address of its VARIANT.
    if (value.type == ValueType::kMissing) value = {ValueType::kError, std::int64_t{DISP_E_PARAMNOTFOUND}};
    value.by_ref = ByReference::kNo;
    if (parameter.direction == Direction::kInOut)
      value.by_ref = parameter.type == ValueType::kVariant ? ByReference::kVariant : ByReference::kValue;
    if (parameter.type != ValueType::kUnknown) return variants_.Set(i, value, pointers_, &refused);
    const PointerConversion as_interface{
        [&](const std::shared_ptr<Pointer>& pointer, REFIID, IUnknown** object) {
          return pointers_.resolve(pointer, parameter.iid, object);
        },
        pointers_.hold};
    return variants_.Set(i, value, as_interface, &refused);
  }

  HRESULT SetBuffer(std::size_t i) {
    const MethodParameter& parameter = call_.parameters[i];
    const std::size_t size = SizeInBuffer(parameter.type);
    if (size == 0) return E_INVALIDARG;
    Buffer& buffer = buffers_[i];
    if (parameter.direction == Direction::kOut) {
      const auto count = CountIn(call_.args[i]);
      if (call_.args[i].type != ValueType::kUi4 || !count) return DISP_E_TYPEMISMATCH;
      if (*count > std::numeric_limits<std::size_t>::max() / size) return E_OUTOFMEMORY;
      buffer = {Block(*count * size), *count};
      std::memset(buffer.block.data(), 0, buffer.block.size());
    } else {
      const auto* const shared = std::get_if<std::shared_ptr<const Array>>(&call_.args[i].data);
      const Array* const array = shared ? shared->get() : nullptr;
      const auto* const block = array ? std::get_if<Block>(&array->elements) : nullptr;
      if (!block || array->element != parameter.type || array->dimensions.size() != 1)
        return DISP_E_TYPEMISMATCH;
      buffer = {*block, array->dimensions[0].length};
      if (block->size() != buffer.count * size) return E_INVALIDARG;
      if (parameter.direction == Direction::kInOut) {
        // The operation keeps its own block: a call that a busy server rejected is made again.
        buffer.block = Block(block->size());
        std::memcpy(buffer.block.data(), block->data(), block->size());
      }
    }
    // The method reads or writes as many elements as it is told.
    if (const MethodParameter* const number = CountOf(parameter)) {
      if (number->buffer) return E_INVALIDARG;
      if (number->direction != Direction::kOut) {
        const auto told = CountIn(call_.args[static_cast<std::size_t>(parameter.length)]);
        if (!told || *told > buffer.count) return E_INVALIDARG;
      }
    }
    VARIANT* const variant = variants_.data() + i;
    V_VT(variant) = static_cast<VARTYPE>(VT_BYREF | PassedType(parameter.type));
    V_BYREF(variant) = buffer.block.data();
    return S_OK;
  }

  // The parameter with the number of elements of a buffer, or null.
  const MethodParameter* CountOf(const MethodParameter& parameter) const {
    const auto index = static_cast<std::size_t>(parameter.length);
    return parameter.length >= 0 && index < call_.parameters.size() ? &call_.parameters[index] : nullptr;
  }

  HRESULT TakeBuffer(std::size_t i, Value& value) const {
    const MethodParameter& parameter = call_.parameters[i];
    std::size_t count = buffers_[i].count;
    if (CountOf(parameter)) {
      Value number;
      const HRESULT hr =
          variants_.Get(static_cast<std::size_t>(parameter.length), pointers_, &number, nullptr);
      if (FAILED(hr)) return hr;
      // A method that says more than there is room for has not stored more.
      if (const auto stored = CountIn(number)) count = (std::min)(count, *stored);
    }
    Block block(count * SizeInBuffer(parameter.type));
    std::memcpy(block.data(), buffers_[i].block.data(), block.size());
    value = ValueOf({parameter.type, {{static_cast<std::uint32_t>(count), 0}}, std::move(block)});
    return S_OK;
  }

  const MethodCall& call_;
  const PointerConversion& pointers_;
  Arguments variants_;
  std::vector<Buffer> buffers_;
  std::vector<VARTYPE> types_;
  std::vector<VARIANTARG*> passed_;
};

void RefuseParameter(Outcome& outcome, HRESULT hr, const RefusedType& refused) {
  outcome.hresult = hr;
  if (hr == DISP_E_BADVARTYPE)
    outcome.exception = ExceptionText{u"", DescribeRefusal("a parameter", refused), u"", 0};
}

}  // namespace

std::size_t SizeInBuffer(ValueType type) {
  std::size_t size = 0;
  WithScalarCodec(kVartypes[static_cast<std::size_t>(type)], E_INVALIDARG, [&]([[maybe_unused]] auto codec) {
    using Codec = decltype(codec);
    if constexpr (kIsNumber<Codec>) size = sizeof(typename Codec::Cell);
    return S_OK;
  });
  return size;
}

std::optional<std::size_t> CountIn(const Value& value) {
  const auto* const number = std::get_if<std::int64_t>(&value.data);
  return number && *number >= 0 ? std::optional<std::size_t>(static_cast<std::size_t>(*number))
                                : std::nullopt;
}

std::unique_ptr<Outcome> CallMethod(ComThread& home, const Pointer& object, const MethodCall& call,
                                    const Job& job) {
  ComPtr<IUnknown> target;
  // Of a proxy, the question for the interface is a call.
  const HRESULT resolved = RetryWhileBusy(
      home, job, [&] { return Resolve(object, call.iid, reinterpret_cast<void**>(target.GetAddressOf())); });
  if (FAILED(resolved)) return OutcomeOf(resolved);
  if (job.canceled()) return OutcomeOf(RPC_E_CALL_CANCELED);

  auto outcome = std::make_unique<Outcome>();
  const PointerConversion pointers = PointersOf(home);
  MethodArguments arguments(call, pointers);
  RefusedType refused;
  const HRESULT set = arguments.Set(outcome->argument, refused);
  if (FAILED(set)) {
    RefuseParameter(*outcome, set, refused);
    return outcome;
  }
  SetErrorInfo(0, nullptr);  // discards the error of an earlier call
  std::optional<Beginning> beginning;
  if (call.step == MethodCall::Step::kBegin) beginning.emplace(home, object);
  if (call.step == MethodCall::Step::kFinish) {
    // It has ended the call: a result that looks busy is that of the call.
    CallScope scope;
    outcome->hresult = scope.End(arguments.CallOn(target.Get()));
  } else {
    outcome->hresult = RetryWhileBusy(home, job, [&] { return arguments.CallOn(target.Get()); });
  }
  if (FAILED(outcome->hresult)) {
    outcome->exception = TakeErrorInfo();
    arguments.DropResults();  // also of a canceled call (C8)
    return outcome;
  }
  if (beginning) beginning->Keep();
  const HRESULT taken = arguments.Take(outcome->outs, outcome->argument, refused);
  if (FAILED(taken)) {
    outcome->outs.clear();
    RefuseParameter(*outcome, taken, refused);
  }
  return outcome;
}

}  // namespace com_cancel
