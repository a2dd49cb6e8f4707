// A program that loads an addon and calls it: host.exe ADDON [DLL [call_guest]].
//
// With a DLL, that has Node-API; with call_guest, the DLL calls the addon, and else this program.
//
// For the addon, GetProcAddress overwrites xmm0 to xmm5: code that finds a function when it is called must
// save the arguments of the call.
#include <cstdio>
#include <cstring>

#include "functions.h"

namespace {

// Overwrites xmm0 to xmm5, which a function need not preserve.
#if defined(__GNUC__) && defined(__x86_64__)
void Overwrite() {
  __asm__ volatile(
      "pcmpeqd %%xmm0, %%xmm0\n\tpcmpeqd %%xmm1, %%xmm1\n\tpcmpeqd %%xmm2, %%xmm2\n\t"
      "pcmpeqd %%xmm3, %%xmm3\n\tpcmpeqd %%xmm4, %%xmm4\n\tpcmpeqd %%xmm5, %%xmm5"
      :
      :
      : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5");
}
#elif defined(_M_X64)
void __vectorcall NoOperation(double, double, double, double, double, double) {}
// Volatile: the compiler has to make the call.
void(__vectorcall* volatile six)(double, double, double, double, double, double) = NoOperation;
void Overwrite() { six(-1, -2, -3, -4, -5, -6); }
#else
// Other processors pass arguments in other registers.
void Overwrite() {}
#endif

FARPROC WINAPI GetProcAddressAndOverwrite(HMODULE module, const char* name) {
  const FARPROC found = GetProcAddress(module, name);
  Overwrite();
  return found;
}

// Replaces GetProcAddress in the table of the addresses that a module imports.
bool ReplaceGetProcAddress(HMODULE module) {
  auto* const base = reinterpret_cast<unsigned char*>(module);
  const auto* const headers = reinterpret_cast<const IMAGE_NT_HEADERS*>(
      base + reinterpret_cast<const IMAGE_DOS_HEADER*>(base)->e_lfanew);
  const IMAGE_DATA_DIRECTORY& imports = headers->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT];
  const auto wanted =
      reinterpret_cast<ULONG_PTR>(GetProcAddress(GetModuleHandleW(L"kernel32.dll"), "GetProcAddress"));
  for (auto* dll = reinterpret_cast<const IMAGE_IMPORT_DESCRIPTOR*>(base + imports.VirtualAddress); dll->Name;
       ++dll) {
    for (auto* entry = reinterpret_cast<IMAGE_THUNK_DATA*>(base + dll->FirstThunk); entry->u1.Function;
         ++entry) {
      if (entry->u1.Function != wanted) continue;
      DWORD before = 0;
      VirtualProtect(entry, sizeof *entry, PAGE_READWRITE, &before);
      entry->u1.Function = reinterpret_cast<ULONG_PTR>(&GetProcAddressAndOverwrite);
      VirtualProtect(entry, sizeof *entry, before, &before);
      return true;
    }
  }
  return false;
}

template <typename Function>
Function Find(HMODULE module, const char* name) {
  return reinterpret_cast<Function>(reinterpret_cast<void*>(GetProcAddress(module, name)));
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 2) return 2;
  const HMODULE node = count > 2 ? LoadLibraryA(arguments[2]) : nullptr;
  const HMODULE addon = LoadLibraryA(arguments[1]);
  if (!addon || (count > 2 && !node)) {
    std::printf("not loaded: error %lu\n", GetLastError());
    return 1;
  }
  if (!ReplaceGetProcAddress(addon)) {
    std::printf("the addon does not import GetProcAddress\n");
    return 1;
  }
  const auto guest = Find<Register>(addon, "napi_register_module_v1");
  if (count > 3)
    Find<CallGuest>(node, arguments[3])(guest);
  else
    guest(nullptr, nullptr);
  return 0;
}
