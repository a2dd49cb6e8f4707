// Enumerator, an IEnum… interface over a copy of a list.
#pragma once

#include <wrl/client.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "host/counted_object.h"
#include "variant.h"
// After win.h, which it needs.
#include <ocidl.h>

namespace prime {

// An Item holds one element. It declares `using Copied`, the type of a copy; `HRESULT CopyTo(Copied*) const`;
// and `static void Discard(Copied*)`, which frees a copy.
template <typename Interface, typename Item>
class Enumerator final : public com_cancel::CountedObject<Interface> {
 public:
  using Copied = typename Item::Copied;

  explicit Enumerator(std::vector<Item> items)
      : items_(std::make_shared<const std::vector<Item>>(std::move(items))) {}

  HRESULT STDMETHODCALLTYPE Next(ULONG count, Copied* copies, ULONG* fetched) override {
    if (!copies || (!fetched && count != 1)) return E_POINTER;
    const com_cancel::Guard guard(lock_);
    ULONG made = 0;
    for (; made < count && position_ + made < items_->size(); ++made) {
      const HRESULT hr = (*items_)[position_ + made].CopyTo(&copies[made]);
      if (SUCCEEDED(hr)) continue;
      while (made > 0) Item::Discard(&copies[--made]);
      if (fetched) *fetched = 0;
      return hr;
    }
    position_ += made;
    if (fetched) *fetched = made;
    return made == count ? S_OK : S_FALSE;
  }

  HRESULT STDMETHODCALLTYPE Skip(ULONG count) override {
    const com_cancel::Guard guard(lock_);
    const size_t left = items_->size() - position_;
    position_ += std::min<size_t>(count, left);
    return count <= left ? S_OK : S_FALSE;
  }

  HRESULT STDMETHODCALLTYPE Reset() override {
    const com_cancel::Guard guard(lock_);
    position_ = 0;
    return S_OK;
  }

  HRESULT STDMETHODCALLTYPE Clone(Interface** clone) override {
    if (!clone) return E_POINTER;
    const com_cancel::Guard guard(lock_);
    *clone = new (std::nothrow) Enumerator(*this, position_);
    return *clone ? S_OK : E_OUTOFMEMORY;
  }

 private:
  Enumerator(const Enumerator& other, size_t position) : items_(other.items_), position_(position) {}

  const std::shared_ptr<const std::vector<Item>> items_;
  com_cancel::Lock lock_;
  size_t position_ = 0;
};

// IEnumVARIANT
struct VariantItem {
  using Copied = VARIANT;
  Variant value;
  HRESULT CopyTo(VARIANT* copy) const {
    VariantInit(copy);
    return VariantCopy(copy, Readable(*value));
  }
  static void Discard(VARIANT* copy) { VariantClear(copy); }
};

// IEnumConnectionPoints
struct ConnectionPointItem {
  using Copied = IConnectionPoint*;
  explicit ConnectionPointItem(IConnectionPoint* kept) : point(kept) {}
  Microsoft::WRL::ComPtr<IConnectionPoint> point;
  HRESULT CopyTo(IConnectionPoint** copy) const { return point.CopyTo(copy); }
  static void Discard(IConnectionPoint** copy) { (*copy)->Release(); }
};

// IEnumConnections
struct ConnectionItem {
  using Copied = CONNECTDATA;
  Microsoft::WRL::ComPtr<IUnknown> sink;
  DWORD cookie;
  HRESULT CopyTo(CONNECTDATA* copy) const {
    copy->dwCookie = cookie;
    return sink.CopyTo(&copy->pUnk);
  }
  static void Discard(CONNECTDATA* copy) { copy->pUnk->Release(); }
};

}  // namespace prime
