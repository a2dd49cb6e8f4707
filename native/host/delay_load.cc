// The delay-load hook of MinGW builds: takes Node-API from the executable that loads the addon.
//
// The addon imports Node-API from "node.exe" by delay loading. Without this hook the loader would look for a
// file of that name: in electron.exe, or in a renamed node.exe, it would load a second Node or none. For
// MSVC, cmake-js adds a hook of its own.

#include <windows.h>

// After windows.h, which it needs.
#include <delayimp.h>

#include <cstring>

namespace {

FARPROC WINAPI HostModuleOfNode(unsigned notification, PDelayLoadInfo info) {
  if (notification != dliNotePreLoadLibrary || _stricmp(info->szDll, "node.exe") != 0) return nullptr;
  // Some hosts have Node in a DLL. Their executable exports nothing.
  HMODULE host = GetModuleHandleW(L"node.dll");
  if (host == nullptr) host = GetModuleHandleW(nullptr);
  return reinterpret_cast<FARPROC>(host);
}

}  // namespace

// delayimp.h declares it, with C linkage.
PfnDliHook __pfnDliNotifyHook2 = HostModuleOfNode;
