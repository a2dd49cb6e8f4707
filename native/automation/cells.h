// Cells from VARIANTs, and VARIANTs from Cells.
#pragma once

#include <functional>
#include <string>

#include "automation/value.h"
#include "host/win.h"
// After windows.h, which it needs.
#include <oleauto.h>

namespace com_cancel {

// Puts the VARIANTs of an array into Cells, one after the other.
class CellWriter {
 public:
  // Reads a VARIANT that has no slot.
  using Read = std::function<HRESULT(const VARIANT& cell, Value* value)>;

  // Throws std::bad_alloc, as the other functions do.
  CellWriter(std::size_t count, Read read);

  // Called at most `count` times.
  HRESULT Add(const VARIANT& cell);
  // Called after the last Add.
  Cells Finish();

 private:
  HRESULT AddText(BSTR text);
  HRESULT AddOther(const VARIANT& cell);
  template <typename Slot>
  void Put(std::uint8_t type, Slot slot);

  const Read read_;
  Cells cells_;
  std::size_t index_ = 0;
  std::u16string text_;
  char16_t bits_ = 0;  // those of all characters
};

// Reads the elements of Cells as VARIANTs.
class CellReader {
 public:
  // Writes a Value that has no slot.
  using Write = std::function<HRESULT(const Value& value, VARIANT* variant)>;

  // `cells` must outlive it.
  CellReader(const Cells& cells, Write write) : cells_(cells), write_(std::move(write)) {}

  // Whether the blocks have the sizes of `count` elements.
  bool IsFor(std::size_t count) const;
  // `variant` is VT_EMPTY. E_INVALIDARG for a type or slot that is not valid, E_OUTOFMEMORY.
  HRESULT Get(std::size_t index, VARIANT* variant) const;

 private:
  HRESULT GetText(const Cells::Span& span, VARIANT* variant) const;
  HRESULT GetOther(double slot, VARIANT* variant) const;

  const Cells& cells_;
  const Write write_;
};

}  // namespace com_cancel
