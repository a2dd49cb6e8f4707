// The look-up of the classes of the test server.
#include "classes.h"

#include <algorithm>
#include <string_view>

namespace prime {

bool IsIn(std::wstring_view library, REFCLSID clsid) {
  return std::any_of(kClasses.begin(), kClasses.end(), [&](const Class& known) {
    return known.threading && known.library == library && known.clsid == clsid;
  });
}

}  // namespace prime
