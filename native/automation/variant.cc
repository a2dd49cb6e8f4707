// Conversions between VARIANTs and Values.
#include "automation/variant.h"

#include <cstring>
#include <limits>
#include <new>
#include <optional>
#include <stdexcept>
#include <type_traits>

#include "automation/cells.h"
#include "automation/safe_array.h"
#include "automation/scalar_codecs.h"
#include "host/returned.h"

namespace com_cancel {
namespace {

class Conversion;

// The codec of elements that are VARIANTs themselves.
struct VariantCodec {
  using Cell = VARIANT;
  using Kept = Value;
  static HRESULT Read(Conversion& conversion, const Cell& cell, Kept* kept);
  static HRESULT Write(Conversion& conversion, const Kept& kept, Cell* cell);
};

template <typename Visit>
HRESULT WithElementCodec(VARTYPE vartype, HRESULT otherwise, const Visit& visit) {
  return vartype == VT_VARIANT ? visit(VariantCodec{}) : WithScalarCodec(vartype, otherwise, visit);
}

// The conversion of one Value or VARIANT with everything that is nested in it. May throw std::bad_alloc and
// std::length_error.
class Conversion {
 public:
  Conversion(const PointerConversion& pointers, RefusedType* refused)
      : pointers_(pointers), refused_(refused) {}

  // For the codecs of scalars.
  operator const PointerConversion&() const { return pointers_; }

  // `value` is a new Value.
  HRESULT Read(const VARIANT& variant, Value* value) {
    const Level level(this);
    if (depth_ > kMaxDepth) return DISP_E_OVERFLOW;
    const VARTYPE vartype = V_VT(&variant);
    const auto base = static_cast<VARTYPE>(vartype & VT_TYPEMASK);
    const bool by_ref = (vartype & VT_BYREF) != 0;
    if (vartype & ~(VT_TYPEMASK | VT_ARRAY | VT_BYREF)) return Refuse(vartype);
    // By value and by reference, a VARIANT has the record's type beside its data.
    if (base == VT_RECORD && !(vartype & VT_ARRAY)) return Refuse(vartype, V_RECORDINFO(&variant));
    if (vartype == VT_EMPTY) return S_OK;
    if (vartype == VT_NULL) {
      value->type = ValueType::kNull;
      return S_OK;
    }
    const void* const data = by_ref ? V_BYREF(&variant) : DataOf(variant);
    if (!data) return E_POINTER;
    HRESULT hr = S_OK;
    if (vartype & VT_ARRAY) {
      hr = ReadArray(base, Load<SAFEARRAY*>(data), value);
    } else if (by_ref && base == VT_VARIANT) {
      hr = Read(Load<VARIANT>(data), value);
    } else {
      hr = ReadScalar(vartype, data, value);
    }
    // A reference inside an array is read as its value.
    if (by_ref && depth_ == 1)
      value->by_ref = vartype == (VT_BYREF | VT_VARIANT) ? ByReference::kVariant : ByReference::kValue;
    return hr;
  }

  // `variant` is overwritten. After a failure it is VT_EMPTY.
  HRESULT Write(const Value& value, VARIANT* variant) {
    VariantInit(variant);
    const Level level(this);
    if (depth_ > kMaxDepth) return DISP_E_OVERFLOW;
    switch (value.type) {
      case ValueType::kEmpty:
        return S_OK;
      case ValueType::kNull:
        V_VT(variant) = VT_NULL;
        return S_OK;
      case ValueType::kMissing:
        V_VT(variant) = VT_ERROR;
        V_ERROR(variant) = DISP_E_PARAMNOTFOUND;
        return S_OK;
      case ValueType::kArray: {
        const auto* const array = std::get_if<std::shared_ptr<const Array>>(&value.data);
        if (!array || !*array) return E_INVALIDARG;
        return WriteArray(**array, variant);
      }
      default:
        return WriteScalar(value, variant);
    }
  }

 private:
  class Level {
   public:
    explicit Level(Conversion* conversion) : conversion_(conversion) { ++conversion_->depth_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;
    ~Level() { --conversion_->depth_; }

   private:
    Conversion* const conversion_;
  };

  // `record`: of VT_RECORD, may be null.
  HRESULT Refuse(unsigned vartype, IRecordInfo* record = nullptr) {
    if (refused_) *refused_ = {static_cast<VARTYPE>(vartype), NameOfRecord(record)};
    return DISP_E_BADVARTYPE;
  }

  // Whether the cost of a nested array is still within the limit. Adds it up.
  bool AddCost(ValueType element, std::size_t count) {
    if (depth_ <= 1) return true;
    const std::size_t cost = CostOf(element, count);
    if (cost > kMaxNestedCost - cost_) return false;
    cost_ += cost;
    return true;
  }

  HRESULT ReadScalar(VARTYPE vartype, const void* data, Value* value) {
    const auto base = static_cast<VARTYPE>(vartype & VT_TYPEMASK);
    if (!TypeOf(base, &value->type) || base == VT_VARIANT) return Refuse(vartype);
    const HRESULT hr = WithScalarCodec(base, E_UNEXPECTED, [&]([[maybe_unused]] auto codec) {
      using Codec = decltype(codec);
      return Codec::Read(*this, Load<typename Codec::Cell>(data),
                         &value->data.emplace<typename Codec::Kept>());
    });
    if (base == VT_ERROR && std::get<std::int64_t>(value->data) == DISP_E_PARAMNOTFOUND) {
      value->type = ValueType::kMissing;
      value->data = std::monostate();
    }
    return hr;
  }

  HRESULT WriteScalar(const Value& value, VARIANT* variant) {
    if (!HasData(value.type) || value.type == ValueType::kVariant) return E_INVALIDARG;
    const VARTYPE vartype = kVartypes[static_cast<std::size_t>(value.type)];
    return WithScalarCodec(vartype, E_UNEXPECTED, [&]([[maybe_unused]] auto codec) {
      using Codec = decltype(codec);
      const auto* const kept = std::get_if<typename Codec::Kept>(&value.data);
      if (!kept) return E_INVALIDARG;
      typename Codec::Cell cell{};
      const HRESULT hr = Codec::Write(*this, *kept, &cell);
      if (FAILED(hr)) return hr;
      // Before DataOf, which reads it; and again, because a DECIMAL overwrites it.
      V_VT(variant) = vartype;
      Store(cell, DataOf(*variant));
      V_VT(variant) = vartype;
      return S_OK;
    });
  }

  HRESULT ReadArray(VARTYPE declared, SAFEARRAY* array, Value* value) {
    const VARTYPE vartype = array ? ElementVartype(array, declared) : declared;
    Array read;
    if (!TypeOf(vartype, &read.element)) {
      Microsoft::WRL::ComPtr<IRecordInfo> record;
      if (array && vartype == VT_RECORD)
        static_cast<void>(Returned(SafeArrayGetRecordInfo(array, record.GetAddressOf()), record));
      return Refuse(VT_ARRAY | vartype, record.Get());
    }
    read.dimensions = DimensionsOf(array);
    const auto count = CountElements(read.dimensions);
    if (!count) return E_INVALIDARG;
    if (!AddCost(read.element, *count)) return DISP_E_OVERFLOW;
    const HRESULT hr = WithElementCodec(vartype, E_UNEXPECTED, [&]([[maybe_unused]] auto codec) {
      using Codec = decltype(codec);
      if constexpr (std::is_same_v<Codec, VariantCodec>) {
        if (*count >= kCellsFrom)
          return ReadCells(array, read.dimensions, *count, &read.elements.emplace<Cells>());
      }
      if constexpr (kIsNumber<Codec>) {
        using Cell = typename Codec::Cell;
        auto& block = read.elements.emplace<Block>();
        return *count ? ReadBlock<Cell>(array, read.dimensions, *count, &block) : S_OK;
      } else {
        auto& elements = read.elements.emplace<std::vector<typename Codec::Kept>>();
        return *count ? ReadElements<Codec>(array, read.dimensions, *count, &elements) : S_OK;
      }
    });
    if (FAILED(hr)) return hr;
    *value = ValueOf(std::move(read));
    return S_OK;
  }

  // Calls `visit` with the address of each element and its index, in the order of Array.
  template <typename Cell, typename Visit>
  static HRESULT ForEachCell(SAFEARRAY* array, const std::vector<Dimension>& dimensions, std::size_t count,
                             const Visit& visit) {
    const ULONG size = array->cbElements;
    // NOLINTNEXTLINE(bugprone-sizeof-expression): Cell may be a pointer.
    if (size != sizeof(Cell)) return E_INVALIDARG;
    const ArrayAccess access(array);
    if (FAILED(access.result())) return access.result();
    if (!access.data()) return E_INVALIDARG;
    ElementWalk walk(dimensions);
    for (std::size_t i = 0; i < count; ++i, walk.Next()) {
      const HRESULT hr = visit(access.data() + walk.offset() * size, i);
      if (FAILED(hr)) return hr;
    }
    return S_OK;
  }

  // An array that claims a length has no memory for it until its elements are there: with the first one the
  // functions below allocate theirs.

  template <typename Codec>
  HRESULT ReadElements(SAFEARRAY* array, const std::vector<Dimension>& dimensions, std::size_t count,
                       std::vector<typename Codec::Kept>* elements) {
    using Cell = typename Codec::Cell;
    return ForEachCell<Cell>(array, dimensions, count, [&](const char* cell, std::size_t i) {
      if (i == 0) elements->resize(count);
      // Not directly into the vector: elements of a vector<bool> have no address.
      typename Codec::Kept kept{};
      const HRESULT hr = Codec::Read(*this, Load<Cell>(cell), &kept);
      if (SUCCEEDED(hr)) (*elements)[i] = std::move(kept);
      return hr;
    });
  }

  HRESULT ReadCells(SAFEARRAY* array, const std::vector<Dimension>& dimensions, std::size_t count,
                    Cells* cells) {
    std::optional<CellWriter> writer;
    const HRESULT hr = ForEachCell<VARIANT>(array, dimensions, count, [&](const char* cell, std::size_t i) {
      if (i == 0)
        writer.emplace(count, [&](const VARIANT& other, Value* value) { return Read(other, value); });
      return writer->Add(Load<VARIANT>(cell));
    });
    if (SUCCEEDED(hr)) *cells = writer->Finish();
    return hr;
  }

  template <typename Cell>
  static HRESULT ReadBlock(SAFEARRAY* array, const std::vector<Dimension>& dimensions, std::size_t count,
                           Block* block) {
    if (count > std::numeric_limits<std::size_t>::max() / sizeof(Cell)) return E_OUTOFMEMORY;
    if (dimensions.size() == 1) {
      if (array->cbElements != sizeof(Cell)) return E_INVALIDARG;
      const ArrayAccess access(array);
      if (FAILED(access.result())) return access.result();
      if (!access.data()) return E_INVALIDARG;
      *block = Block(count * sizeof(Cell));
      std::memcpy(block->data(), access.data(), block->size());
      return S_OK;
    }
    return ForEachCell<Cell>(array, dimensions, count, [&](const char* cell, std::size_t i) {
      if (i == 0) *block = Block(count * sizeof(Cell));
      std::memcpy(block->data() + i * sizeof(Cell), cell, sizeof(Cell));
      return S_OK;
    });
  }

  HRESULT WriteArray(const Array& array, VARIANT* variant) {
    if (!HasData(array.element)) {
      const auto index = static_cast<std::size_t>(array.element);
      return index < kFirstWithData ? Refuse(VT_ARRAY | kVartypes[index]) : E_INVALIDARG;
    }
    const VARTYPE vartype = kVartypes[static_cast<std::size_t>(array.element)];
    const auto count = CountElements(array.dimensions);
    if (!count) return E_INVALIDARG;
    if (!AddCost(array.element, *count)) return DISP_E_OVERFLOW;
    return WithElementCodec(vartype, E_UNEXPECTED, [&]([[maybe_unused]] auto codec) {
      using Codec = decltype(codec);
      if constexpr (std::is_same_v<Codec, VariantCodec>) {
        if (const auto* const cells = std::get_if<Cells>(&array.elements)) {
          const CellReader reader(*cells,
                                  [&](const Value& other, VARIANT* out) { return Write(other, out); });
          if (!reader.IsFor(*count)) return E_INVALIDARG;
          return Fill<VARIANT>(array, vartype, *count, variant,
                               [&](VARIANT* cell, std::size_t i) { return reader.Get(i, cell); });
        }
      }
      if constexpr (kIsNumber<Codec>) {
        const auto* const block = std::get_if<Block>(&array.elements);
        return block ? WriteBlock<typename Codec::Cell>(*block, array, vartype, *count, variant)
                     : E_INVALIDARG;
      } else {
        const auto* const elements = std::get_if<std::vector<typename Codec::Kept>>(&array.elements);
        if (!elements || elements->size() != *count) return E_INVALIDARG;
        return Fill<typename Codec::Cell>(array, vartype, *count, variant, [&](auto* cell, std::size_t i) {
          return Codec::Write(*this, (*elements)[i], cell);
        });
      }
    });
  }

  template <typename Cell>
  static HRESULT WriteBlock(const Block& block, const Array& array, VARTYPE vartype, std::size_t count,
                            VARIANT* variant) {
    if (block.size() / sizeof(Cell) != count || block.size() % sizeof(Cell) != 0) return E_INVALIDARG;
    if (array.dimensions.size() > 1 || count == 0)
      return Fill<Cell>(array, vartype, count, variant, [&](Cell* cell, std::size_t i) {
        *cell = Load<Cell>(block.data() + i * sizeof(Cell));
        return S_OK;
      });
    OwnedArray made = CreateArray(vartype, array.dimensions);
    if (!made) return E_OUTOFMEMORY;
    {
      const ArrayAccess access(made.get());
      if (FAILED(access.result())) return access.result();
      std::memcpy(access.data(), block.data(), block.size());
    }
    return Give(std::move(made), vartype, variant);
  }

  // A new array whose elements `write` makes, from the address of a zero cell and the index of the element.
  template <typename Cell, typename WriteCell>
  static HRESULT Fill(const Array& array, VARTYPE vartype, std::size_t count, VARIANT* variant,
                      const WriteCell& write) {
    OwnedArray made = CreateArray(vartype, array.dimensions);
    if (!made) return E_OUTOFMEMORY;
    if (count > 0) {
      // When an element fails, the array destroys those before it.
      const HRESULT hr =
          ForEachCell<Cell>(made.get(), array.dimensions, count, [&](char* to, std::size_t i) -> HRESULT {
            Cell cell{};
            const HRESULT written = write(&cell, i);
            if (SUCCEEDED(written)) Store(cell, to);
            return written;
          });
      if (FAILED(hr)) return hr;
    }
    return Give(std::move(made), vartype, variant);
  }

  static HRESULT Give(OwnedArray made, VARTYPE vartype, VARIANT* variant) {
    V_VT(variant) = static_cast<VARTYPE>(VT_ARRAY | vartype);
    V_ARRAY(variant) = made.release();
    return S_OK;
  }

  const PointerConversion& pointers_;
  RefusedType* const refused_;
  unsigned depth_ = 0;
  std::size_t cost_ = 0;
};

HRESULT VariantCodec::Read(Conversion& conversion, const Cell& cell, Kept* kept) {
  return conversion.Read(cell, kept);
}

HRESULT VariantCodec::Write(Conversion& conversion, const Kept& kept, Cell* cell) {
  return conversion.Write(kept, cell);
}

// Turns exceptions into HRESULTs: none may cross COM.
template <typename Function>
HRESULT WithoutExceptions(const Function& function) {
  try {
    return function();
  } catch (const std::bad_alloc&) {
    return E_OUTOFMEMORY;
  } catch (const std::length_error&) {
    return E_OUTOFMEMORY;
  } catch (...) {
    return E_UNEXPECTED;
  }
}

}  // namespace

HRESULT ToVariant(const Value& value, const PointerConversion& pointers, VARIANT* variant,
                  RefusedType* refused) {
  return WithoutExceptions([&] { return Conversion(pointers, refused).Write(value, variant); });
}

HRESULT FromVariant(const VARIANT& variant, const PointerConversion& pointers, Value* value,
                    RefusedType* refused) {
  return WithoutExceptions([&] {
    Value read;
    const HRESULT hr = Conversion(pointers, refused).Read(variant, &read);
    *value = SUCCEEDED(hr) ? std::move(read) : Value();
    return hr;
  });
}

}  // namespace com_cancel
