// A program that loads an addon and calls it: host.exe ADDON [DLL [call_guest]].
//
// With a DLL, that has Node-API; with call_guest, the DLL calls the addon, and else this program.
//
// GetProcAddress overwrites the registers that a function need not preserve, for the addon: code that finds a
// function when it is called must save the arguments of the call.
#include <cstdio>
#include <cstring>

#include "functions.h"

namespace {

void NoOperation(double, double, double, double) {}
// Volatile: the compiler has to make the call.
void (*volatile overwrite)(double, double, double, double) = NoOperation;

FARPROC WINAPI GetProcAddressAndOverwrite(HMODULE module, const char* name) {
  const FARPROC found = GetProcAddress(module, name);
  overwrite(-1, -2, -3, -4);
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
