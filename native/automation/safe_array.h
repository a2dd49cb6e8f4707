// SAFEARRAYs: ownership, access to elements, and dimensions.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "automation/value.h"
#include "host/win.h"
// After windows.h, which it needs.
#include <oleauto.h>

namespace com_cancel {

struct DestroyArray {
  void operator()(SAFEARRAY* array) const { SafeArrayDestroy(array); }
};
using OwnedArray = std::unique_ptr<SAFEARRAY, DestroyArray>;

// Locks an array, so that its elements stay in place.
class ArrayAccess {
 public:
  explicit ArrayAccess(SAFEARRAY* array) : array_(array), result_(SafeArrayAccessData(array, &data_)) {}
  ArrayAccess(const ArrayAccess&) = delete;
  ArrayAccess& operator=(const ArrayAccess&) = delete;
  ~ArrayAccess() {
    if (SUCCEEDED(result_)) SafeArrayUnaccessData(array_);
  }

  HRESULT result() const { return result_; }
  char* data() const { return static_cast<char*>(data_); }

 private:
  SAFEARRAY* const array_;
  void* data_ = nullptr;
  const HRESULT result_;
};

// Iterates over elements in the order of Array, the last dimension varying fastest, and computes their
// offsets in a SAFEARRAY, where the first dimension varies fastest.
class ElementWalk {
 public:
  explicit ElementWalk(const std::vector<Dimension>& dimensions) : dimensions_(dimensions) {
    std::size_t stride = 1;
    for (std::size_t i = 0; i < dimensions.size(); ++i) {
      strides_[i] = stride;
      stride *= dimensions[i].length;
    }
  }

  std::size_t offset() const { return offset_; }
  void Next() {
    for (std::size_t i = dimensions_.size(); i-- > 0;) {
      offset_ += strides_[i];
      if (++index_[i] < dimensions_[i].length) return;
      offset_ -= strides_[i] * dimensions_[i].length;
      index_[i] = 0;
    }
  }

 private:
  const std::vector<Dimension>& dimensions_;
  std::array<std::size_t, kMaxDimensions> strides_{};
  std::array<std::uint32_t, kMaxDimensions> index_{};
  std::size_t offset_ = 0;
};

// The type of the elements, as the array says; `declared`, the VARIANT's, where the array does not say.
VARTYPE ElementVartype(SAFEARRAY* array, VARTYPE declared);

// The dimensions in the order of Array; for null, an array that was never allocated, one of length 0.
std::vector<Dimension> DimensionsOf(SAFEARRAY* array);

// Null when there is no memory.
OwnedArray CreateArray(VARTYPE vartype, const std::vector<Dimension>& dimensions);

}  // namespace com_cancel
