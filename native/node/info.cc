// What this host is, who answers for each entry point, and what is alive in this process.
#include "node/info.h"

#include <winternl.h>

#include <cstring>
#include <string>
#include <vector>

#include "host/counters.h"
#include "host/ole32.h"

namespace com_cancel {
namespace {

template <typename Function>
Function FromNtdll(const char* name) {
  const HMODULE ntdll = GetModuleHandleW(L"ntdll.dll");
  return reinterpret_cast<Function>(reinterpret_cast<void*>(GetProcAddress(ntdll, name)));
}

std::string Host() {
  if (const auto wine_version = FromNtdll<const char*(CDECL*)()>("wine_get_version"))
    return std::string("Wine ") + wine_version();
  // GetVersionEx answers with what the executable's manifest claims to know; this one tells the truth.
  OSVERSIONINFOW version{};
  version.dwOSVersionInfoSize = sizeof version;
  if (const auto get_version = FromNtdll<LONG(WINAPI*)(OSVERSIONINFOW*)>("RtlGetVersion"))
    get_version(&version);
  return "Windows " + std::to_string(version.dwMajorVersion) + "." + std::to_string(version.dwMinorVersion) +
         "." + std::to_string(version.dwBuildNumber);
}

// What SystemExtendedHandleInformation answers with: a header, then one entry for every handle of the system.
constexpr auto kSystemExtendedHandleInformation = static_cast<SYSTEM_INFORMATION_CLASS>(64);
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

// Wine 8's GetProcessHandleCount succeeds with 0; its list of the system's handles is a true one.
DWORD CountListedHandles() {
  const auto query =
      FromNtdll<NTSTATUS(NTAPI*)(SYSTEM_INFORMATION_CLASS, void*, ULONG, ULONG*)>("NtQuerySystemInformation");
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

const char* NameOf(Provider provider) {
  switch (provider) {
    case Provider::kOle32:
      return "ole32";
    case Provider::kKernel32:
      return "kernel32";
    case Provider::kStandIn:
      break;
  }
  return "stand-in";
}

}  // namespace

Napi::Object Info(Napi::Env env) {
  auto entry_points = Napi::Object::New(env);
  for (const EntryPoint& entry : Ole32::Get().entry_points())
    entry_points.Set(entry.name, NameOf(entry.provider));
  auto capabilities = Napi::Object::New(env);
  capabilities.Set("realThreads", true);
  capabilities.Set("cancelAcrossWorkers", true);
  capabilities.Set("blockCancelOperations",
                   "COM lets no program switch a block on cancel operations on (O5)");
  auto info = Napi::Object::New(env);
  info.Set("kind", "native");
  info.Set("host", Host());
  info.Set("entryPoints", entry_points);
  info.Set("capabilities", capabilities);
  return info;
}

Napi::Value Diagnostics(const Napi::CallbackInfo& info) {
  DWORD handles = 0;
  GetProcessHandleCount(GetCurrentProcess(), &handles);
  if (handles == 0) handles = CountListedHandles();
  auto diagnostics = Napi::Object::New(info.Env());
  diagnostics.Set("threads", static_cast<double>(counters::threads));
  diagnostics.Set("jobs", static_cast<double>(counters::jobs));
  diagnostics.Set("objects", static_cast<double>(counters::objects));
  diagnostics.Set("pointers", static_cast<double>(counters::pointers));
  diagnostics.Set("handles", static_cast<double>(handles));
  return diagnostics;
}

}  // namespace com_cancel
