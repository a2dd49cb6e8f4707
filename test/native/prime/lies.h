// Lies, the false answers of a Liar: which it gives, and how often it has.
#pragma once

#include <wrl/client.h>

#include <atomic>
#include <bitset>
#include <memory>

#include "host/win.h"

namespace prime {

// Each is one way in which a server breaks COM's rules. kLieNames has their names in this order.
enum class Lie {
  // A success without a pointer.
  kQueryInterfaceNull,
  kGetTypeInfoNull,
  kGetClassInfoNull,
  kGetTypeAttrNull,
  kGetFuncDescNull,
  kGetNamesNull,
  kGetRefTypeInfoNull,
  kGetContainingTypeLibNull,
  kGetTypeInfoOfGuidNull,
  kEnumConnectionPointsNull,
  kFindConnectionPointNull,
  kNextPointNull,
  kErrorInfoNull,
  // A failure with a pointer that belongs to nobody.
  kFailureWithPointer,
  // Counts, ids and flags.
  kFetchedMore,
  kFetchedNothing,
  kFetchedAll,
  kItemInvalid,
  kItemsWithoutEnd,
  kPointsWithoutEnd,
  kPointOfJunk,
  kNoClassInfo,
  kNoTypes,
  kTypeIsDual,
  kTypeIsVtable,
  kTypeIsMarshal,
  kTypeOfJunk,
  kManyFunctions,
  kManyInterfaces,
  kImplTypeFlagsJunk,
  kMemberIdUnknown,
  kMemberIdJunk,
  kMemberIdUntouched,
  kCookieUntouched,
  kUnadviseFails,
  // The results of Invoke.
  kResultInvalid,
  kResultNullReference,
  kResultCyclic,
  kResultArrayWithoutDimensions,
  kResultArrayOfOtherSize,
  kResultDecimalJunk,
  kResultWithFailure,
  kResultOddSuccess,
  kEnumeratorNull,
  kEnumeratorOther,
  kArgumentInvalid,
  kArgumentAtFaultJunk,
  kExceptionEmpty,
  kExceptionJunk,
  kExceptionDeferred,
  kErrorInfoJunk,
  kCount,
};

inline constexpr auto kLieCount = static_cast<size_t>(Lie::kCount);
const wchar_t* NameOf(Lie lie);

// Thread-safe.
class Lies {
 public:
  using Set = std::bitset<kLieCount>;

  // These lies, on each occasion.
  void TellOnly(const Set& lies);
  // Any lies, on one of 4, 8, 16 or 32 occasions. The same seed gives the same lies.
  void TellAtRandom(ULONG seed);

  // Whether to tell this lie on this occasion.
  bool Tell(Lie lie);
  long told() const { return told_; }
  // A random number.
  ULONG Junk();

  // Returns a pointer: the honest one, whose reference it takes over, or a lie.
  template <typename Interface>
  HRESULT Return(Lie null, Microsoft::WRL::ComPtr<Interface> honest, Interface** returned) {
    const bool without = Tell(null);
    *returned = without ? nullptr : honest.Get();
    if (without) return S_OK;
    if (Tell(Lie::kFailureWithPointer)) return E_FAIL;  // the reference is released
    static_cast<void>(honest.Detach());
    return S_OK;
  }

 private:
  ULONG Next();

  com_cancel::Lock lock_;
  Set lies_;
  ULONG odds_ = 0;  // lies at random, on one of so many occasions; 0: those of lies_
  ULONG state_ = 0;
  std::atomic<long> told_{0};
};

using SharedLies = std::shared_ptr<Lies>;

}  // namespace prime
