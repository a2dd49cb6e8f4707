// ReleaseInterfaces, for the reply to a call that was canceled.
#include "standin/late_reply.h"

#include <wrl/client.h>

#include <cstring>

#include "standin/message.h"

namespace com_cancel {
namespace {

using Microsoft::WRL::ComPtr;

// [MS-DCOM] 2.2.18: an OBJREF of standard marshaling without a string array, which is what Wine sends.
struct StandardObjRef {
  std::uint32_t signature;
  std::uint32_t flags;
  IID iid;
  struct {
    std::uint32_t flags;
    std::uint32_t public_refs;
    std::uint8_t ids[32];  // of the apartment, the object and the interface
  } reference;
  std::uint32_t addresses;
};
static_assert(sizeof(StandardObjRef) == 68, "it has no padding");

constexpr std::uint32_t kSignature = 0x574F454D;  // "MEOW"
constexpr std::uint32_t kStandard = 1;

// [MS-DCOM] 2.2.24: an element of the result of IRemUnknown::RemQueryInterface.
struct QueryResult {
  HRESULT hresult;
  std::uint32_t padding;
  decltype(StandardObjRef::reference) reference;
};
static_assert(sizeof(QueryResult) == 48, "elements are 8-byte aligned");

template <typename Value>
Value At(const std::uint8_t* position) {
  Value value;
  std::memcpy(&value, position, sizeof(value));
  return value;
}

void Release(const StandardObjRef& reference) {
  const HGLOBAL memory = GlobalAlloc(GMEM_MOVEABLE, sizeof(reference));
  if (!memory) return;
  if (void* const bytes = GlobalLock(memory)) {
    std::memcpy(bytes, &reference, sizeof(reference));
    GlobalUnlock(memory);
  }
  ComPtr<IStream> stream;
  if (FAILED(CreateStreamOnHGlobal(memory, TRUE, stream.GetAddressOf()))) {
    GlobalFree(memory);
    return;
  }
  // Unmarshaled and released: CoReleaseMarshalData fails under Wine for an object of another process.
  ComPtr<IUnknown> object;
  CoUnmarshalInterface(stream.Get(), IID_NULL, reinterpret_cast<void**>(object.GetAddressOf()));
}

// The interfaces among results and by-reference arguments: each is preceded by its size.
void ReleaseMarshaled(const std::uint8_t* begin, const std::uint8_t* end) {
  constexpr std::size_t kStep = sizeof(std::uint32_t);  // NDR aligns sizes so
  while (static_cast<std::size_t>(end - begin) >= kStep + sizeof(StandardObjRef)) {
    const auto size = At<std::uint32_t>(begin);
    begin += kStep;
    if (size != sizeof(StandardObjRef)) continue;
    const auto reference = At<StandardObjRef>(begin);
    if (reference.signature != kSignature || reference.flags != kStandard || reference.addresses != 0)
      continue;
    Release(reference);
    begin += sizeof(reference);
  }
}

// The interfaces that a proxy has asked for: ORPCTHAT without extensions, then the array by a pointer.
void ReleaseQueried(const std::uint8_t* begin, const std::uint8_t* end) {
  constexpr std::size_t kHeader = 16;
  if (static_cast<std::size_t>(end - begin) < kHeader) return;
  if (At<std::uint32_t>(begin + 4) != 0 || At<std::uint32_t>(begin + 8) == 0) return;
  auto left = At<std::uint32_t>(begin + 12);
  for (begin += kHeader; left > 0 && static_cast<std::size_t>(end - begin) >= sizeof(QueryResult); --left) {
    const auto result = At<QueryResult>(begin);
    begin += sizeof(result);
    if (SUCCEEDED(result.hresult)) Release({kSignature, kStandard, IID_IUnknown, result.reference, 0});
  }
}

}  // namespace

void ReleaseInterfaces(const RPC_MESSAGE& reply) {
  const auto* const begin = static_cast<const std::uint8_t*>(reply.Buffer);
  if (!begin) return;
  // On a thread of the system's pool.
  if (FAILED(CoInitializeEx(nullptr, COINIT_MULTITHREADED))) return;
  if (IsQuery(reply))
    ReleaseQueried(begin, begin + reply.BufferLength);
  else
    ReleaseMarshaled(begin, begin + reply.BufferLength);
  CoUninitialize();
}

}  // namespace com_cancel
