// The functions that the addon imports from the program that hosts it, in builds by MinGW-w64 or clang.
//
// The addon must not import from "node.exe" by name: in electron.exe, or in a renamed node.exe, the loader
// would load a second Node or none. The delay-load thunks of MinGW are no way out: they lose floating-point
// arguments. So the slots through which compiled code calls imported functions are data of the addon, filled
// once. For MSVC, cmake-js adds a delay-load hook.
#pragma once

namespace com_cancel {

// What compiled code takes for the entry of an import table: it reads `address`.
struct ImportSlot {
  void* address;
  const char* name;
};

// Fills the slots of all functions that are used. `caller` is an address in the module that called the addon.
// Returns null, or a message that names the functions that are missing: their slots are null. Any thread; the
// first call decides.
const char* FillImportSlots(const void* caller);

// Whether the slot of a function is used and filled.
bool IsImported(const char* function);

}  // namespace com_cancel

// Defines the slot of an imported function: a symbol that the compiler derives from the function's name. The
// linker puts the slots between the marks in import_slots.cc, sorted by what follows the $.
#ifdef __i386__
#define COM_CANCEL_SLOT_SYMBOL(function) _imp__##function
#else
#define COM_CANCEL_SLOT_SYMBOL(function) __imp_##function
#endif
#define COM_CANCEL_SLOT_SECTION(part) __attribute__((section(".napi$" part)))
#define COM_CANCEL_IMPORT_SLOT(function)                                          \
  extern "C" {                                                                    \
  extern com_cancel::ImportSlot COM_CANCEL_SLOT_SYMBOL(function);                 \
  COM_CANCEL_SLOT_SECTION("b")                                                    \
  com_cancel::ImportSlot COM_CANCEL_SLOT_SYMBOL(function) = {nullptr, #function}; \
  }
