// Whether the members of an interface are called late bound only.
#include "automation/late_bound.h"

#include <array>
#include <string>

namespace com_cancel {
namespace {

// CLSID_PSDispatch and CLSID_PSOAInterface, which not every SDK declares.
constexpr CLSID kDispatchProxy = {0x00020420, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};
constexpr CLSID kTypeLibraryProxy = {0x00020424, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};

constexpr int kGuidLength = 39;  // with the braces and the NUL

// The default value of HKEY_CLASSES_ROOT\Interface\{iid}\ProxyStubClsid32.
bool RegisteredProxy(REFIID iid, CLSID& proxy) {
  std::array<wchar_t, kGuidLength> text{};
  if (StringFromGUID2(iid, text.data(), kGuidLength) == 0) return false;
  const std::wstring key = std::wstring(L"Interface\\") + text.data() + L"\\ProxyStubClsid32";
  std::array<wchar_t, kGuidLength> value{};
  DWORD size = sizeof(value);
  return RegGetValueW(HKEY_CLASSES_ROOT, key.c_str(), nullptr, RRF_RT_REG_SZ, nullptr, value.data(), &size) ==
             ERROR_SUCCESS &&
         SUCCEEDED(CLSIDFromString(value.data(), &proxy));
}

}  // namespace

InterfaceKind KindOf(const TYPEATTR& attributes) {
  if (attributes.wTypeFlags & TYPEFLAG_FDUAL) return InterfaceKind::kDual;
  return attributes.typekind == TKIND_DISPATCH ? InterfaceKind::kDispinterface : InterfaceKind::kVtable;
}

InterfaceKind KindOf(REFIID iid) {
  if (iid == IID_IDispatch) return InterfaceKind::kDispinterface;
  CLSID proxy{};
  if (!RegisteredProxy(iid, proxy)) return InterfaceKind::kUnknown;
  if (proxy == kDispatchProxy) return InterfaceKind::kDispinterface;
  return proxy == kTypeLibraryProxy ? InterfaceKind::kDual : InterfaceKind::kVtable;
}

}  // namespace com_cancel
