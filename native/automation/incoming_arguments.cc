// IncomingArguments, what the caller of a method by vtable has passed, and where the results are stored.
#include "automation/incoming_arguments.h"

#include <cstring>
#include <limits>
#include <utility>

#include "automation/error_info.h"
#include "automation/put_through.h"
#include "automation/scalar_codecs.h"
#include "threads/com_thread.h"

namespace com_cancel {
namespace {

using Direction = MethodParameter::Direction;

VARTYPE VartypeOf(ValueType type) { return kVartypes[static_cast<std::size_t>(type)]; }

// The size of a variable of a type with data.
std::size_t SizeOf(ValueType type) {
  std::size_t size = sizeof(VARIANT);
  WithScalarCodec(VartypeOf(type), S_FALSE, [&]([[maybe_unused]] auto codec) {
    size = sizeof(typename decltype(codec)::Cell);
    return S_OK;
  });
  return size;
}

}  // namespace

ArgumentKind KindOf(const MethodParameter& parameter) {
  if (parameter.buffer || parameter.direction != Direction::kIn) return ArgumentKind::kWord;
  switch (parameter.type) {
    case ValueType::kI8:
    case ValueType::kUi8:
    case ValueType::kCy:
      return ArgumentKind::kWide;
    case ValueType::kR4:
      return ArgumentKind::kFloat;
    case ValueType::kR8:
    case ValueType::kDate:
      return ArgumentKind::kDouble;
    case ValueType::kDecimal:
      return ArgumentKind::kDecimal;
    case ValueType::kVariant:
      return ArgumentKind::kVariant;
    default:
      return ArgumentKind::kWord;
  }
}

IncomingArguments::IncomingArguments(const ImplementedPart& part, SlotArguments& arguments)
    : parameters_(part.parameters), arguments_(part.parameters.size()) {
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const MethodParameter& parameter = parameters_[i];
    arguments.Take(KindOf(parameter), &arguments_[i]);
    if (parameter.direction == Direction::kOut && !parameter.buffer && PlaceOf(i))
      std::memset(PlaceOf(i), 0, SizeOf(parameter.type));  // of a VARIANT: VT_EMPTY
  }
}

bool IncomingArguments::IsReference(std::size_t i) const {
  return parameters_[i].buffer || parameters_[i].direction != Direction::kIn;
}

void* IncomingArguments::PlaceOf(std::size_t i) const { return Load<void*>(&arguments_[i]); }

HRESULT IncomingArguments::Check() const {
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    // A buffer without elements needs no address.
    if (IsReference(i) && !parameters_[i].buffer && !PlaceOf(i)) return E_POINTER;
  }
  return S_OK;
}

HRESULT IncomingArguments::Read(const PointerConversion& pointers, std::vector<Value>& values) const {
  values.resize(parameters_.size());
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    if (parameters_[i].buffer || parameters_[i].direction == Direction::kOut) continue;
    const HRESULT hr = ReadScalar(i, pointers, values[i]);
    if (FAILED(hr)) return hr;
  }
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    if (!parameters_[i].buffer) continue;
    const HRESULT hr = ReadBuffer(i, values, values[i]);
    if (FAILED(hr)) return hr;
  }
  return S_OK;
}

HRESULT IncomingArguments::ReadScalar(std::size_t i, const PointerConversion& pointers, Value& value) const {
  const ValueType type = parameters_[i].type;
  const void* const data = IsReference(i) ? PlaceOf(i) : &arguments_[i];
  HRESULT hr = S_OK;
  if (type == ValueType::kVariant) {
    hr = FromVariant(Load<VARIANT>(data), pointers, &value);
  } else {
    VARIANT variant;  // a copy of what the caller keeps
    VariantInit(&variant);
    V_VT(&variant) = VartypeOf(type);
    if (type == ValueType::kDecimal) {
      V_DECIMAL(&variant) = Load<DECIMAL>(data);
      V_VT(&variant) = VT_DECIMAL;  // which is part of the DECIMAL
    } else {
      std::memcpy(DataOf(variant), data, SizeOf(type));
    }
    hr = FromVariant(variant, pointers, &value);
    // An SCODE that is DISP_E_PARAMNOTFOUND is no missing argument, and an int has the type of its parameter.
    if (value.type == ValueType::kMissing) value.data = std::int64_t{DISP_E_PARAMNOTFOUND};
    value.type = type;
  }
  value.by_ref = ByReference::kNo;
  return hr;
}

HRESULT IncomingArguments::ReadBuffer(std::size_t i, const std::vector<Value>& values, Value& value) const {
  const MethodParameter& parameter = parameters_[i];
  const auto counter = static_cast<std::size_t>(parameter.size);
  const auto count = parameter.size >= 0 && counter < values.size() ? CountIn(values[counter]) : std::nullopt;
  if (!count || *count > std::numeric_limits<std::uint32_t>::max()) return E_INVALIDARG;
  if (*count > 0 && !PlaceOf(i)) return E_POINTER;
  if (parameter.direction == Direction::kOut) {
    value = {ValueType::kUi4, static_cast<std::int64_t>(*count)};
    return S_OK;
  }
  const std::size_t size = SizeInBuffer(parameter.type);
  if (size == 0) return E_INVALIDARG;
  if (*count > std::numeric_limits<std::size_t>::max() / size) return E_OUTOFMEMORY;
  Block block(*count * size);
  if (block.size() > 0) std::memcpy(block.data(), PlaceOf(i), block.size());
  value = ValueOf({parameter.type, {{static_cast<std::uint32_t>(*count), 0}}, std::move(block)});
  return S_OK;
}

HRESULT IncomingArguments::Store(const OutArguments& outs, const PointerConversion& pointers) const {
  // All results are made before the first one is stored.
  std::vector<std::pair<std::size_t, OwnedVariant>> scalars;
  std::vector<std::pair<std::size_t, Block>> buffers;
  for (const auto& [i, value] : outs) {
    if (i >= parameters_.size() || parameters_[i].direction == Direction::kIn) continue;
    const MethodParameter& parameter = parameters_[i];
    if (parameter.buffer) {
      const auto* const array = std::get_if<std::shared_ptr<const Array>>(&value.data);
      const auto* const block = array && *array ? std::get_if<Block>(&(*array)->elements) : nullptr;
      if (!block || (*array)->element != parameter.type) return DISP_E_TYPEMISMATCH;
      if (block->size() > 0 && !PlaceOf(i)) return E_POINTER;
      buffers.emplace_back(i, *block);
      continue;
    }
    const PointerConversion as_interface{
        [&](const std::shared_ptr<Pointer>& pointer, REFIID wanted, IUnknown** object) {
          return pointers.resolve(pointer, wanted == IID_IUnknown ? parameter.iid : wanted, object);
        },
        pointers.hold};
    const bool typed = parameter.type == ValueType::kUnknown;
    OwnedVariant variant;
    const HRESULT hr = ToVariant(value, typed ? as_interface : pointers, variant.Receive());
    if (FAILED(hr)) return hr;
    if (parameter.type != ValueType::kVariant && V_VT(&variant.get()) != VartypeOf(parameter.type))
      return DISP_E_TYPEMISMATCH;
    scalars.emplace_back(i, std::move(variant));
  }
  for (const auto& [i, block] : buffers) {
    if (block.size() > 0) std::memcpy(PlaceOf(i), block.data(), block.size());
  }
  for (auto& [i, variant] : scalars) {
    if (parameters_[i].type != ValueType::kVariant) {
      ReplaceScalar(&variant, PlaceOf(i));
      continue;
    }
    auto* const place = static_cast<VARIANT*>(PlaceOf(i));
    VariantClear(place);
    *place = variant.Detach();
  }
  return S_OK;
}

HRESULT Deliver(const std::optional<Reply>& reply, const IncomingArguments& arguments,
                const PointerConversion& pointers, REFIID iid) {
  if (!reply) return RPC_E_DISCONNECTED;
  HRESULT hr = reply->exception && SUCCEEDED(reply->hresult) ? E_FAIL : reply->hresult;
  if (SUCCEEDED(hr)) {
    HRESULT stored = E_UNEXPECTED;
    // Objects in the reply are queried for interfaces, which may be calls.
    ComThread::RunOutsideJobs([&] { stored = arguments.Store(reply->outs, pointers); });
    if (FAILED(stored)) hr = stored;
  }
  LeaveErrorInfo(FAILED(hr) ? reply->exception : std::nullopt, iid);
  return hr;
}

}  // namespace com_cancel
