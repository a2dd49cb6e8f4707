// Cells from VARIANTs, and VARIANTs from Cells.
#include "automation/cells.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

#include "automation/scalar_codecs.h"

namespace com_cancel {
namespace {

constexpr std::uint8_t CodeOf(ValueType type) { return static_cast<std::uint8_t>(type); }

// The slots of integers of 64 bits hold them; those of other numbers hold a double.
template <typename Cell>
constexpr bool kIsWide = std::is_integral_v<Cell> && sizeof(Cell) == sizeof(std::int64_t);

// Converts a slot to a number of the type Cell. False when it does not fit.
template <typename Cell>
bool FromSlot(double slot, Cell* cell) {
  if constexpr (std::is_integral_v<Cell>) {
    const bool fits = slot >= static_cast<double>(std::numeric_limits<Cell>::min()) &&
                      slot <= static_cast<double>(std::numeric_limits<Cell>::max()) &&
                      slot == std::trunc(slot);
    if (!fits) return false;
  }
  *cell = static_cast<Cell>(slot);
  return true;
}

}  // namespace

CellWriter::CellWriter(std::size_t count, Read read) : read_(std::move(read)) {
  if (count > std::numeric_limits<std::size_t>::max() / sizeof(double)) throw std::bad_alloc();
  cells_.types = Block(count);
  cells_.slots = Block(count * sizeof(double));
}

template <typename Slot>
void CellWriter::Put(std::uint8_t type, Slot slot) {
  static_assert(sizeof(Slot) == sizeof(double));
  cells_.types.data()[index_] = type;
  Store(slot, cells_.slots.data() + index_ * sizeof(double));
  ++index_;
}

HRESULT CellWriter::Add(const VARIANT& cell) {
  const VARTYPE vartype = V_VT(&cell);
  switch (vartype) {
    case VT_EMPTY:
      Put(CodeOf(ValueType::kEmpty), 0.0);
      return S_OK;
    case VT_NULL:
      Put(CodeOf(ValueType::kNull), 0.0);
      return S_OK;
    case VT_BOOL:
      Put(CodeOf(ValueType::kBool), V_BOOL(&cell) != VARIANT_FALSE ? 1.0 : 0.0);
      return S_OK;
    case VT_BSTR:
      return AddText(V_BSTR(&cell));
    default:
      break;
  }
  ValueType type = ValueType::kEmpty;
  if (!TypeOf(vartype, &type)) return AddOther(cell);
  if (vartype == VT_ERROR && V_ERROR(&cell) == DISP_E_PARAMNOTFOUND) type = ValueType::kMissing;
  const HRESULT hr = WithScalarCodec(vartype, S_FALSE, [&]([[maybe_unused]] auto codec) {
    using Codec = decltype(codec);
    using Cell = typename Codec::Cell;
    if constexpr (kIsNumber<Codec>) {
      const Cell number = Load<Cell>(DataOf(cell));
      if constexpr (kIsWide<Cell>)
        Put(CodeOf(type), number);
      else
        Put(CodeOf(type), static_cast<double>(number));
      return S_OK;
    } else {
      return S_FALSE;
    }
  });
  return hr == S_FALSE ? AddOther(cell) : hr;
}

HRESULT CellWriter::AddText(BSTR text) {
  if (!text) {
    Put(CodeOf(ValueType::kBstr), Cells::Span{0, Cells::kNullText});
    return S_OK;
  }
  const std::uint32_t length = SysStringLen(text);
  if (text_.size() > std::numeric_limits<std::uint32_t>::max() - length) return E_OUTOFMEMORY;
  const auto* const characters = reinterpret_cast<const char16_t*>(text);
  for (std::uint32_t i = 0; i < length; ++i) bits_ = static_cast<char16_t>(bits_ | characters[i]);
  Put(CodeOf(ValueType::kBstr), Cells::Span{static_cast<std::uint32_t>(text_.size()), length});
  text_.append(characters, length);
  return S_OK;
}

HRESULT CellWriter::AddOther(const VARIANT& cell) {
  Value value;
  const HRESULT hr = read_(cell, &value);
  if (FAILED(hr)) return hr;
  Put(Cells::kOther, static_cast<double>(cells_.others.size()));
  cells_.others.push_back(std::move(value));
  return S_OK;
}

Cells CellWriter::Finish() {
  cells_.wide = bits_ > 0xFF;
  cells_.text = Block(text_.size() * (cells_.wide ? sizeof(char16_t) : 1));
  std::uint8_t* const bytes = cells_.text.data();
  if (cells_.wide) {
    std::memcpy(bytes, text_.data(), cells_.text.size());
  } else {
    for (std::size_t i = 0; i < text_.size(); ++i) bytes[i] = static_cast<std::uint8_t>(text_[i]);
  }
  return std::move(cells_);
}

bool CellReader::IsFor(std::size_t count) const {
  return cells_.types.size() == count && cells_.slots.size() / sizeof(double) == count &&
         cells_.slots.size() % sizeof(double) == 0;
}

HRESULT CellReader::Get(std::size_t index, VARIANT* variant) const {
  const std::uint8_t code = cells_.types.data()[index];
  const std::uint8_t* const slot = cells_.slots.data() + index * sizeof(double);
  if (code == Cells::kOther) return GetOther(Load<double>(slot), variant);
  if (code >= CodeOf(ValueType::kVariant)) return E_INVALIDARG;
  switch (static_cast<ValueType>(code)) {
    case ValueType::kEmpty:
      return S_OK;
    case ValueType::kNull:
      V_VT(variant) = VT_NULL;
      return S_OK;
    case ValueType::kMissing:
      V_VT(variant) = VT_ERROR;
      V_ERROR(variant) = DISP_E_PARAMNOTFOUND;
      return S_OK;
    case ValueType::kBool:
      V_VT(variant) = VT_BOOL;
      V_BOOL(variant) = Load<double>(slot) != 0 ? VARIANT_TRUE : VARIANT_FALSE;
      return S_OK;
    case ValueType::kBstr:
      return GetText(Load<Cells::Span>(slot), variant);
    default:
      break;
  }
  const VARTYPE vartype = kVartypes[code];
  return WithScalarCodec(vartype, E_INVALIDARG, [&]([[maybe_unused]] auto codec) -> HRESULT {
    using Codec = decltype(codec);
    using Cell = typename Codec::Cell;
    if constexpr (kIsNumber<Codec>) {
      Cell number{};
      if constexpr (kIsWide<Cell>)
        number = Load<Cell>(slot);
      else if (!FromSlot(Load<double>(slot), &number))
        return E_INVALIDARG;
      V_VT(variant) = vartype;
      Store(number, DataOf(*variant));
      return S_OK;
    } else {
      return E_INVALIDARG;
    }
  });
}

HRESULT CellReader::GetText(const Cells::Span& span, VARIANT* variant) const {
  BSTR text = nullptr;
  if (span.length != Cells::kNullText) {
    const std::size_t length = cells_.text.size() / (cells_.wide ? sizeof(char16_t) : 1);
    if (span.start > length || span.length > length - span.start) return E_INVALIDARG;
    const std::uint8_t* const bytes = cells_.text.data();
    if (cells_.wide) {
      text = SysAllocStringLen(
          reinterpret_cast<const OLECHAR*>(bytes + std::size_t{span.start} * sizeof(char16_t)), span.length);
    } else {
      text = SysAllocStringLen(nullptr, span.length);
      for (std::uint32_t i = 0; text && i < span.length; ++i)
        text[i] = static_cast<OLECHAR>(bytes[span.start + i]);
    }
    if (!text) return E_OUTOFMEMORY;
  }
  V_VT(variant) = VT_BSTR;
  V_BSTR(variant) = text;
  return S_OK;
}

HRESULT CellReader::GetOther(double slot, VARIANT* variant) const {
  std::uint32_t index = 0;
  if (!FromSlot(slot, &index) || index >= cells_.others.size()) return E_INVALIDARG;
  return write_(cells_.others[index], variant);
}

}  // namespace com_cancel
