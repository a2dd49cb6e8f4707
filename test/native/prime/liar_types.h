// Type information that lies, made of honest type information.
#pragma once

#include "lies.h"
// After win.h, which it needs.
#include <oaidl.h>

namespace prime {

Microsoft::WRL::ComPtr<ITypeInfo> LyingType(SharedLies lies, Microsoft::WRL::ComPtr<ITypeInfo> honest);

}  // namespace prime
