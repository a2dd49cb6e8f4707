// Node-API from whatever executable hosts us (node.exe, electron.exe, any other name), for builds with MinGW.
//
// The addon imports Node-API from "node.exe" by delay loading. Without this hook the loader would look for a
// file of that name, and in a host called differently load a second Node or none. With MSVC, cmake-js brings
// a hook of its own.

#include <windows.h>

// After windows.h, which it needs.
#include <delayimp.h>

#include <cstring>

namespace {

FARPROC WINAPI HostInsteadOfNode(unsigned notification, PDelayLoadInfo info) {
  if (notification != dliNotePreLoadLibrary || _stricmp(info->szDll, "node.exe") != 0) return nullptr;
  // Some hosts keep Node in a DLL; the executable then exports nothing.
  HMODULE host = GetModuleHandleW(L"node.dll");
  if (host == nullptr) host = GetModuleHandleW(nullptr);
  return reinterpret_cast<FARPROC>(host);
}

}  // namespace

// delayimp.h declares it, with C linkage.
PfnDliHook __pfnDliNotifyHook2 = HostInsteadOfNode;
