// Codecs of scalar types: conversions between what a VARIANT holds and what a Value holds.
#pragma once

#include <array>
#include <cstring>
#include <limits>
#include <memory>
#include <type_traits>

#include "automation/value.h"
#include "automation/variant.h"

namespace com_cancel {

// In the order of ValueType, up to kVariant.
inline constexpr std::array<VARTYPE, 24> kVartypes = {
    VT_EMPTY, VT_NULL,    VT_ERROR, VT_BOOL, VT_I1,    VT_UI1,      VT_I2,      VT_UI2,
    VT_I4,    VT_UI4,     VT_INT,   VT_UINT, VT_I8,    VT_UI8,      VT_R4,      VT_R8,
    VT_CY,    VT_DECIMAL, VT_DATE,  VT_BSTR, VT_ERROR, VT_DISPATCH, VT_UNKNOWN, VT_VARIANT};
static_assert(kVartypes.size() == static_cast<std::size_t>(ValueType::kVariant) + 1);
// Types before this one have no data in memory: there are no references to them and no arrays of them.
inline constexpr auto kFirstWithData = static_cast<std::size_t>(ValueType::kBool);

inline bool HasData(ValueType type) {
  const auto index = static_cast<std::size_t>(type);
  return index >= kFirstWithData && index < kVartypes.size();
}

// Of a VARTYPE with data: VT_ERROR is kError. False for a type that is not supported.
inline bool TypeOf(VARTYPE vartype, ValueType* type) {
  for (std::size_t index = kFirstWithData; index < kVartypes.size(); ++index) {
    if (kVartypes[index] == vartype) {
      *type = static_cast<ValueType>(index);
      return true;
    }
  }
  return false;
}

// The address of the data of a VARIANT that is not by reference.
inline const void* DataOf(const VARIANT& variant) {
  if (V_VT(&variant) == VT_DECIMAL) return &V_DECIMAL(&variant);
  return &V_BYREF(&variant);
}
inline void* DataOf(VARIANT& variant) {
  return const_cast<void*>(DataOf(static_cast<const VARIANT&>(variant)));
}

// From and to memory that other code owns: it may be unaligned, or part of a union.
template <typename T>
T Load(const void* from) {
  static_assert(std::is_trivially_copyable_v<T>);
  T loaded;
  // NOLINTNEXTLINE(bugprone-sizeof-expression): T may be a pointer.
  std::memcpy(&loaded, from, sizeof(T));
  return loaded;
}
template <typename T>
void Store(const T& stored, void* to) {
  static_assert(std::is_trivially_copyable_v<T>);
  // NOLINTNEXTLINE(bugprone-sizeof-expression)
  std::memcpy(to, &stored, sizeof(T));
}

// A codec converts between a Cell (the data of a VARIANT, an element of a SAFEARRAY, or what a reference
// points to) and Kept (what a Value holds). Write gets a cell that is zero.
template <typename CellType, typename KeptType>
struct NumberCodec {
  using Cell = CellType;
  using Kept = KeptType;
  static HRESULT Read(const PointerConversion&, const Cell& cell, Kept* kept) {
    *kept = Kept{cell};
    return S_OK;
  }
  static HRESULT Write(const PointerConversion&, const Kept& kept, Cell* cell) {
    *cell = static_cast<Cell>(kept);
    return S_OK;
  }
};

// Whether arrays of a codec's cells are Blocks.
template <typename Codec>
inline constexpr bool kIsNumber = false;
template <typename CellType, typename KeptType>
inline constexpr bool kIsNumber<NumberCodec<CellType, KeptType>> = true;

struct BoolCodec {
  using Cell = VARIANT_BOOL;
  using Kept = bool;
  static HRESULT Read(const PointerConversion&, const Cell& cell, Kept* kept) {
    *kept = cell != VARIANT_FALSE;
    return S_OK;
  }
  static HRESULT Write(const PointerConversion&, const Kept& kept, Cell* cell) {
    *cell = kept ? VARIANT_TRUE : VARIANT_FALSE;
    return S_OK;
  }
};

struct DecimalCodec {
  using Cell = DECIMAL;
  using Kept = Decimal;
  static HRESULT Read(const PointerConversion&, const Cell& cell, Kept* kept) {
    if (cell.scale > Decimal::kMaxScale) return E_INVALIDARG;
    *kept = {cell.Lo64, cell.Hi32, cell.scale, (cell.sign & DECIMAL_NEG) != 0};
    return S_OK;
  }
  static HRESULT Write(const PointerConversion&, const Kept& kept, Cell* cell) {
    if (kept.scale > Decimal::kMaxScale) return E_INVALIDARG;
    cell->scale = kept.scale;
    cell->sign = static_cast<BYTE>(kept.negative ? DECIMAL_NEG : 0);
    cell->Hi32 = kept.high;
    cell->Lo64 = kept.low;
    return S_OK;
  }
};

struct TextCodec {
  using Cell = BSTR;
  using Kept = Text;
  static_assert(sizeof(OLECHAR) == sizeof(char16_t));
  static HRESULT Read(const PointerConversion&, const Cell& cell, Kept* kept) {
    if (cell) kept->emplace(reinterpret_cast<const char16_t*>(cell), SysStringLen(cell));
    return S_OK;
  }
  static HRESULT Write(const PointerConversion&, const Kept& kept, Cell* cell) {
    if (!kept) return S_OK;
    // The size in bytes, with the NUL and the length prefix, must fit into 32 bits.
    if (kept->size() > std::numeric_limits<std::uint32_t>::max() / sizeof(OLECHAR) - 16) return E_OUTOFMEMORY;
    *cell =
        SysAllocStringLen(reinterpret_cast<const OLECHAR*>(kept->data()), static_cast<UINT>(kept->size()));
    return *cell ? S_OK : E_OUTOFMEMORY;
  }
};

template <typename Interface>
struct PointerCodec {
  using Cell = IUnknown*;
  using Kept = std::shared_ptr<Pointer>;
  static HRESULT Read(const PointerConversion& pointers, const Cell& cell, Kept* kept) {
    if (!cell) return S_OK;
    *kept = pointers.hold(cell);
    return *kept ? S_OK : E_UNEXPECTED;
  }
  static HRESULT Write(const PointerConversion& pointers, const Kept& kept, Cell* cell) {
    if (!kept) return S_OK;
    const HRESULT hr = pointers.resolve(kept, __uuidof(Interface), cell);
    if (FAILED(hr)) return hr;
    return *cell ? S_OK : E_POINTER;
  }
};

// Calls `visit` with the codec of a scalar type; returns `otherwise` for a type without one.
template <typename Visit>
HRESULT WithScalarCodec(VARTYPE vartype, HRESULT otherwise, const Visit& visit) {
  switch (vartype) {
    case VT_BOOL:
      return visit(BoolCodec{});
    case VT_I1:
      return visit(NumberCodec<std::int8_t, std::int64_t>{});
    case VT_UI1:
      return visit(NumberCodec<std::uint8_t, std::int64_t>{});
    case VT_I2:
      return visit(NumberCodec<std::int16_t, std::int64_t>{});
    case VT_UI2:
      return visit(NumberCodec<std::uint16_t, std::int64_t>{});
    case VT_I4:
    case VT_INT:
    case VT_ERROR:
      return visit(NumberCodec<std::int32_t, std::int64_t>{});
    case VT_UI4:
    case VT_UINT:
      return visit(NumberCodec<std::uint32_t, std::int64_t>{});
    case VT_I8:
    case VT_CY:
      return visit(NumberCodec<std::int64_t, std::int64_t>{});
    case VT_UI8:
      return visit(NumberCodec<std::uint64_t, std::uint64_t>{});
    case VT_R4:
      return visit(NumberCodec<float, double>{});
    case VT_R8:
    case VT_DATE:
      return visit(NumberCodec<double, double>{});
    case VT_DECIMAL:
      return visit(DecimalCodec{});
    case VT_BSTR:
      return visit(TextCodec{});
    case VT_DISPATCH:
      return visit(PointerCodec<IDispatch>{});
    case VT_UNKNOWN:
      return visit(PointerCodec<IUnknown>{});
    default:
      return otherwise;
  }
}

}  // namespace com_cancel
