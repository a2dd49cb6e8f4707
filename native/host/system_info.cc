// SystemName, UnderWine and CountHandles: what the system says about itself and this process.
#include "host/system_info.h"

#include <cstring>
#include <vector>

namespace com_cancel {
namespace {

template <typename Function>
Function FromNtdll(const char* name) {
  const HMODULE ntdll = GetModuleHandleW(L"ntdll.dll");
  return reinterpret_cast<Function>(reinterpret_cast<void*>(GetProcAddress(ntdll, name)));
}

using VersionFunction = const char*(CDECL*)();

// Null on Windows.
VersionFunction WineVersion() { return FromNtdll<VersionFunction>("wine_get_version"); }

// The result of SystemExtendedHandleInformation: a header, then one entry for each handle of the system.
// A number, because winternl.h's SYSTEM_INFORMATION_CLASS has no such value.
constexpr ULONG kSystemExtendedHandleInformation = 64;
struct HandleEntry {
  void* object;
  ULONG_PTR process;
  ULONG_PTR handle;
  ULONG access;
  USHORT trace;
  USHORT type;
  ULONG attributes;
  ULONG reserved;
};

// For Wine 8, whose GetProcessHandleCount returns 0, while its list of the system's handles is right.
DWORD CountListedHandles() {
  const auto query = FromNtdll<LONG(NTAPI*)(ULONG, void*, ULONG, ULONG*)>("NtQuerySystemInformation");
  if (!query) return 0;
  constexpr ULONG kHeader = 2 * sizeof(ULONG_PTR);  // the number of entries, and a reserved field
  std::vector<unsigned char> list(1 << 16);
  ULONG needed = 0;
  while (query(kSystemExtendedHandleInformation, list.data(), static_cast<ULONG>(list.size()), &needed) < 0) {
    if (list.size() > (1u << 26)) return 0;
    list.resize(list.size() * 2);
  }
  ULONG_PTR entries = 0;
  std::memcpy(&entries, list.data(), sizeof entries);
  DWORD count = 0;
  for (ULONG_PTR i = 0; i < entries; ++i) {
    HandleEntry entry;
    std::memcpy(&entry, list.data() + kHeader + i * sizeof entry, sizeof entry);
    if (entry.process == GetCurrentProcessId()) ++count;
  }
  return count;
}

}  // namespace

bool UnderWine() { return WineVersion() != nullptr; }

std::string SystemName() {
  if (const auto wine_version = WineVersion()) return std::string("Wine ") + wine_version();
  // GetVersionEx depends on the manifest of the executable; this function does not.
  OSVERSIONINFOW version{};
  version.dwOSVersionInfoSize = sizeof version;
  if (const auto get_version = FromNtdll<LONG(WINAPI*)(OSVERSIONINFOW*)>("RtlGetVersion"))
    get_version(&version);
  return "Windows " + std::to_string(version.dwMajorVersion) + "." + std::to_string(version.dwMinorVersion) +
         "." + std::to_string(version.dwBuildNumber);
}

DWORD CountHandles() {
  DWORD count = 0;
  GetProcessHandleCount(GetCurrentProcess(), &count);
  return count ? count : CountListedHandles();
}

}  // namespace com_cancel
