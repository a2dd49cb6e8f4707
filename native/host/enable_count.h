// How often cancellation is enabled on the calling thread, as far as this library enabled it.
//
// COM keeps this count to itself, and cancel objects of our own must know it when their call begins (E5). On
// hosts without the cancellation family the stand-in has no other.
#pragma once

namespace com_cancel::enable_count {

// Counts one up.
void Up();
// Counts one down; false when the count is zero (E4).
bool Down();
// Whether cancellation is enabled on the calling thread.
bool Enabled();

}  // namespace com_cancel::enable_count
