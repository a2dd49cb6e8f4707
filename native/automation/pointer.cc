// Pointer, an interface pointer of a ComThread's apartment: hold and resolve.
#include "automation/pointer.h"

#include "host/returned.h"

using Microsoft::WRL::ComPtr;

namespace com_cancel {

namespace {

std::shared_ptr<Pointer> HoldSince(ComThread& home, IUnknown* object, const FILETIME& since) {
  return std::make_shared<Pointer>(home.shared_from_this(), home.pointers().Add(object), since);
}

}  // namespace

std::shared_ptr<Pointer> Hold(ComThread& home, IUnknown* object) {
  return HoldSince(home, object, SystemTime());
}

Value HoldAsValue(ComThread& home, IUnknown* object, const FILETIME& since) {
  ComPtr<IDispatch> dispatch;
  if (SUCCEEDED(Query(object, dispatch)))
    return {ValueType::kDispatch, HoldSince(home, dispatch.Get(), since)};
  return {ValueType::kUnknown, HoldSince(home, object, since)};
}

HRESULT Resolve(const Pointer& pointer, REFIID iid, void** object) {
  ComThread& home = *pointer.home();
  if (!home.InApartment()) return RPC_E_WRONG_THREAD;
  ComPtr<IUnknown> found;
  const HRESULT hr = home.pointers().Find(pointer.id(), found);
  return FAILED(hr) ? hr : Returned(found->QueryInterface(iid, object), *object);
}

PointerConversion PointersOf(ComThread& home) {
  return {[](const std::shared_ptr<Pointer>& pointer, REFIID wanted, IUnknown** object) {
            return Resolve(*pointer, wanted, reinterpret_cast<void**>(object));
          },
          [&home](IUnknown* object) { return Hold(home, object); }};
}

}  // namespace com_cancel
