// The connection point of a Liar, and the enumeration of it.
#include "liar_points.h"

#include "classes.h"
// After win.h, which it needs.
#include <olectl.h>

using com_cancel::TakeOver;
using Microsoft::WRL::ComPtr;

namespace prime {
namespace {

class Enumeration final : public com_cancel::CountedObject<IEnumConnectionPoints> {
 public:
  Enumeration(SharedLies lies, ComPtr<IConnectionPoint> point)
      : lies_(std::move(lies)), point_(std::move(point)) {}

  HRESULT STDMETHODCALLTYPE Next(ULONG count, IConnectionPoint** points, ULONG* fetched) override {
    if (count == 0) return S_OK;
    if (over_ && !lies_->Tell(Lie::kPointsWithoutEnd)) {
      if (fetched) *fetched = 0;
      return S_FALSE;
    }
    over_ = true;
    if (fetched) *fetched = lies_->Tell(Lie::kFetchedMore) ? lies_->Junk() : 1;
    return lies_->Return(Lie::kNextPointNull, point_, points);
  }
  HRESULT STDMETHODCALLTYPE Skip(ULONG) override { return E_NOTIMPL; }
  HRESULT STDMETHODCALLTYPE Reset() override {
    over_ = false;
    return S_OK;
  }
  HRESULT STDMETHODCALLTYPE Clone(IEnumConnectionPoints**) override { return E_NOTIMPL; }

 private:
  const SharedLies lies_;
  const ComPtr<IConnectionPoint> point_;
  bool over_ = false;
};

}  // namespace

HRESULT LyingPoint::GetConnectionInterface(IID* iid) {
  *iid = kEvents;
  if (lies_->Tell(Lie::kPointOfJunk)) iid->Data1 = lies_->Junk();
  return S_OK;
}

HRESULT LyingPoint::GetConnectionPointContainer(IConnectionPointContainer** container) {
  *container = nullptr;
  return E_NOTIMPL;
}

HRESULT LyingPoint::Advise(IUnknown* sink, DWORD* cookie) {
  ComPtr<IUnknown> before(sink);
  {
    const com_cancel::Guard guard(lock_);
    std::swap(sink_, before);
  }
  if (!lies_->Tell(Lie::kCookieUntouched)) *cookie = 1;
  return S_OK;
}

HRESULT LyingPoint::Unadvise(DWORD) {
  ComPtr<IUnknown> before;
  {
    const com_cancel::Guard guard(lock_);
    std::swap(sink_, before);
  }
  return lies_->Tell(Lie::kUnadviseFails) ? E_UNEXPECTED : S_OK;
}

HRESULT LyingPoint::EnumConnections(IEnumConnections** connections) {
  *connections = nullptr;
  return E_NOTIMPL;
}

ComPtr<IUnknown> LyingPoint::Sink() {
  const com_cancel::Guard guard(lock_);
  return sink_;
}

ComPtr<IEnumConnectionPoints> LyingPoints(SharedLies lies, ComPtr<IConnectionPoint> point) {
  return TakeOver<IEnumConnectionPoints>(new Enumeration(std::move(lies), std::move(point)));
}

}  // namespace prime
