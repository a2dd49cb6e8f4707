// How often cancellation is enabled on the calling thread, as far as this library enabled it.
//
// COM does not publish this count, and a cancel object of our own must know it when its call begins (E5). On
// systems without the cancellation family the stand-in has no other count.
#pragma once

namespace com_cancel::enable_count {

// Counts one up.
void Up();
// Counts one down; false when the count is zero (E4).
bool Down();
// Whether cancellation is enabled on the calling thread.
bool Enabled();

}  // namespace com_cancel::enable_count
