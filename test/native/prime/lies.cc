// Lies, the false answers of a Liar.
#include "lies.h"

#include <array>

namespace prime {
namespace {

constexpr std::array<const wchar_t*, kLieCount> kLieNames = {
    L"QueryInterface: null",
    L"GetTypeInfo: null",
    L"GetClassInfo: null",
    L"GetTypeAttr: null",
    L"GetFuncDesc: null",
    L"GetNames: null",
    L"GetRefTypeInfo: null",
    L"GetContainingTypeLib: null",
    L"GetTypeInfoOfGuid: null",
    L"EnumConnectionPoints: null",
    L"FindConnectionPoint: null",
    L"IEnumConnectionPoints::Next: null",
    L"IErrorInfo: null",
    L"a failure with a pointer",
    L"more items than room",
    L"no items, but S_OK",
    L"all items, but S_FALSE",
    L"an invalid item",
    L"items without end",
    L"connection points without end",
    L"a connection point of junk",
    L"no class information",
    L"no type information",
    L"a dual source interface",
    L"a source interface with a vtable",
    L"IMarshal as source interface",
    L"a source interface of junk",
    L"65535 functions",
    L"65535 interfaces",
    L"junk as flags of an interface",
    L"a DISPID that is unknown",
    L"a DISPID of junk",
    L"a DISPID left as it was",
    L"a cookie left as it was",
    L"Unadvise: failure",
    L"a result of an invalid type",
    L"a result that refers to nothing",
    L"a result that refers to itself",
    L"an array without dimensions",
    L"an array with elements of another size",
    L"a decimal of junk",
    L"a failure with a result",
    L"an odd success",
    L"a null enumerator",
    L"an enumerator that is none",
    L"an argument of an invalid type",
    L"junk as argument at fault",
    L"an empty exception",
    L"an exception of junk",
    L"a deferred exception that fails",
    L"an error object of junk",
};

}  // namespace

const wchar_t* NameOf(Lie lie) { return kLieNames[static_cast<size_t>(lie)]; }

bool Lies::Tell(Lie lie) {
  const com_cancel::Guard guard(lock_);
  const bool tells = odds_ > 0 ? Next() % odds_ == 0 : lies_[static_cast<size_t>(lie)];
  if (tells) ++told_;
  return tells;
}

ULONG Lies::Junk() {
  const com_cancel::Guard guard(lock_);
  return Next();
}

void Lies::TellOnly(const Set& lies) {
  const com_cancel::Guard guard(lock_);
  odds_ = 0;
  lies_ = lies;
}

void Lies::TellAtRandom(ULONG seed) {
  const com_cancel::Guard guard(lock_);
  odds_ = 4U << seed % 4;
  state_ = seed;
}

// splitmix32
ULONG Lies::Next() {
  ULONG mixed = state_ += 0x9E3779B9;
  mixed = (mixed ^ (mixed >> 16)) * 0x21F0AAAD;
  mixed = (mixed ^ (mixed >> 15)) * 0x735A2D97;
  return mixed ^ (mixed >> 15);
}

}  // namespace prime
