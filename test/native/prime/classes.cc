// The look-up of the classes of the test server.
#include "classes.h"

#include <algorithm>

namespace prime {

bool IsInProcess(REFCLSID clsid) {
  return std::any_of(kClasses.begin(), kClasses.end(),
                     [&](const Class& known) { return known.threading && known.clsid == clsid; });
}

}  // namespace prime
