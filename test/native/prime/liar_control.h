// The object that tells a Liar how to lie. It is honest itself.
#pragma once

#include "liar_points.h"
#include "lies.h"

namespace prime {

Microsoft::WRL::ComPtr<IDispatch> NewControl(SharedLies lies, Microsoft::WRL::ComPtr<LyingPoint> point);

}  // namespace prime
